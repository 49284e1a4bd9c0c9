import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Committed, readCommitFile, writeCommitFile } from './commit-file.ts';
import { contradiction, isSystemError } from './disk-error.ts';
import { COMMIT_FILE, OUTPUT_KINDS, outputPath, parseStateName, STATE_FOLDER, statePath } from './layout.ts';

/**
 * Brings an output directory back to its last commit and returns that commit: what lies beyond the committed lengths is
 * cut off, leftovers of an interrupted commit or compaction are removed. A directory that holds nothing gets its first,
 * empty commit. `position_contradicts` when the directory cannot be what `commit.json` says, or is not for `partitions`.
 */
export async function recoverDirectory(dir: string, partitions: number, sync: boolean): Promise<Committed> {
  await Promise.all([...OUTPUT_KINDS, STATE_FOLDER].map((folder) => mkdir(join(dir, folder), { recursive: true })));
  await rm(join(dir, `${COMMIT_FILE}.tmp`), { force: true });
  const committed = (await readCommitFile(dir)) ?? (await begin(dir, partitions, sync));
  if (committed.partitions !== partitions) throw otherCount(dir, committed.partitions, partitions);
  const files = committedFiles(dir, committed);
  await removeOldGenerations(dir, files);
  for (const [path, length] of files) await cutTo(path, length);
  return committed;
}

/** Every file that a directory may hold for its partitions, with its committed length. */
function committedFiles(dir: string, committed: Committed): Map<string, number> {
  const files = new Map<string, number>();
  for (let partition = 0; partition < committed.partitions; partition++) {
    const entry = committed.byPartition.get(partition);
    for (const kind of OUTPUT_KINDS) files.set(outputPath(dir, kind, partition), entry?.lengths[kind] ?? 0);
    files.set(statePath(dir, partition, entry?.state.generation ?? 1), entry?.state.bytes ?? 0);
  }
  return files;
}

async function begin(dir: string, partitions: number, sync: boolean): Promise<Committed> {
  await refuseForeignContent(dir);
  const committed: Committed = { partitions, byPartition: new Map() };
  await writeCommitFile(dir, committed, { sync });
  return committed;
}

/** Without a commit file nothing in here is ours to cut off. */
async function refuseForeignContent(dir: string): Promise<void> {
  for (const folder of [...OUTPUT_KINDS, STATE_FOLDER]) {
    const [first] = await readdir(join(dir, folder));
    if (first === undefined) continue;
    throw contradiction(
      `there is output but no ${COMMIT_FILE}`,
      join(dir, folder, first),
      `put ${COMMIT_FILE} back, or name an empty directory`,
    );
  }
}

async function removeOldGenerations(dir: string, files: ReadonlyMap<string, number>): Promise<void> {
  for (const name of await readdir(join(dir, STATE_FOLDER))) {
    const path = join(dir, STATE_FOLDER, name);
    if (parseStateName(name) !== undefined && !files.has(path)) await rm(path);
  }
}

async function cutTo(path: string, length: number): Promise<void> {
  const size = await sizeOf(path);
  if (size < length) {
    throw contradiction(
      `the file has ${size} bytes, ${length} were committed`,
      path,
      'restore the whole directory from a backup, or name an empty one and judge the input anew',
    );
  }
  if (size === length) return;
  const file = await open(path, 'r+');
  try {
    await file.truncate(length);
  } finally {
    await file.close();
  }
}

/** 0 for a file that is not there. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    if (isSystemError(thrown, 'ENOENT')) return 0;
    throw thrown;
  }
}

function otherCount(dir: string, found: number, wanted: number): Error {
  return contradiction(
    `the directory was written for ${found} partitions, the configuration says ${wanted}`,
    join(dir, COMMIT_FILE),
    `set files.partitions to ${found}, or name an empty directory and judge the input anew`,
  );
}
