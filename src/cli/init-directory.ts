import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TollgateError } from '../domain/errors.ts';
import { isSystemError } from '../files/disk-error.ts';
import { type InitFile, initFiles } from './init-files.ts';
import { initReport } from './init-report.ts';
import type { Terminal } from './terminal.ts';

export interface InitFlags {
  readonly dir: string;
  readonly isKafka: boolean;
  /** Replaces what is there already. */
  readonly isForced: boolean;
}

/**
 * The action of `tollgate init`. Writes all of its files or, when one of them is there already and nobody forces it,
 * none. Throws `output_unwritable`.
 */
export async function initDirectory(flags: InitFlags, terminal: Terminal): Promise<void> {
  const { dir, isKafka, isForced } = flags;
  const files = await initFiles(isKafka);
  try {
    if (!isForced) await refuseTaken(dir, files);
    for (const file of files) await write(join(dir, file.path), file.bytes, isForced);
  } catch (thrown) {
    throw unwritable(thrown, dir);
  }
  terminal.out.write(initReport(flags, files, terminal));
}

async function refuseTaken(dir: string, files: readonly InitFile[]): Promise<void> {
  const found = await Promise.all(files.map(async ({ path }) => ((await isThere(join(dir, path))) ? [path] : [])));
  const taken = found.flat();
  if (taken.length === 0) return;
  throw new TollgateError('output_unwritable', `there already: ${taken.join(', ')}; nothing was written`, {
    where: dir,
    next: 'name another directory, or add --force to replace these files',
  });
}

/** Looks at links, not through them: a link to nowhere is something too. */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (thrown) {
    if (isSystemError(thrown, 'ENOENT')) return false;
    throw thrown;
  }
}

/** `wx` also refuses a file that somebody else made since it was looked for. */
async function write(path: string, bytes: Buffer, isForced: boolean): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes, { flag: isForced ? 'w' : 'wx' });
}

function unwritable(thrown: unknown, dir: string): unknown {
  if (!isSystemError(thrown)) return thrown;
  return new TollgateError('output_unwritable', `the files cannot be written: ${thrown.message}`, {
    where: thrown.path ?? dir,
    next: 'name a directory that can be written to',
    cause: thrown,
  });
}
