import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TollgateError } from '../domain/errors.ts';
import { lockDirectory } from '../files/directory-lock.ts';
import { outputError } from '../files/disk-error.ts';
import { COMMIT_FILE, OUTPUT_KINDS, parseStateName, STATE_FOLDER } from '../files/layout.ts';

/** Written before anything else of a demo: only a directory that holds it may be emptied by the next one. */
const MARKER_FILE = 'tollgate-demo.json';
const MARKER = '{"made_by":"tollgate demo","note":"the next demo in this directory removes the outputs of this one"}\n';
const OUTPUT_NAME = /^\d{4,}\.ndjson$/;

/**
 * Makes `dir` ready for a demo: created when it is not there, emptied of what an earlier demo wrote. Throws
 * `output_unwritable` for a directory that holds anything and is no demo's: a real run's outputs are not ours to remove.
 */
export async function prepareDemoDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    const names = await readdir(dir);
    if (names.length > 0 && !names.includes(MARKER_FILE)) throw foreign(dir);
    const unlock = lockDirectory(dir);
    try {
      await writeFile(join(dir, MARKER_FILE), MARKER);
      await removeOutputs(dir);
    } finally {
      unlock();
    }
  } catch (thrown) {
    throw outputError(thrown, dir);
  }
}

/** Removes by name what the files adapter writes, and nothing else. */
async function removeOutputs(dir: string): Promise<void> {
  for (const folder of OUTPUT_KINDS) await removeFrom(join(dir, folder), (name) => OUTPUT_NAME.test(name));
  await removeFrom(join(dir, STATE_FOLDER), (name) => parseStateName(name) !== undefined);
  await removeFrom(dir, (name) => name === COMMIT_FILE);
}

async function removeFrom(folder: string, isOurs: (name: string) => boolean): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made !== undefined) return;
  const names = await readdir(folder);
  await Promise.all(names.filter(isOurs).map((name) => rm(join(folder, name))));
}

function foreign(dir: string): TollgateError {
  return new TollgateError('output_unwritable', 'the directory is not empty and was not written by a demo', {
    where: dir,
    next: 'name another one: tollgate demo --out DIR',
  });
}
