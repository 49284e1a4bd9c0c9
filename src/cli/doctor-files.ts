import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FilesConfig } from '../config/config.ts';
import { TollgateError } from '../domain/errors.ts';
import { readCommitFile } from '../files/commit-file.ts';
import { isSystemError } from '../files/disk-error.ts';
import { listInputs } from '../files/input-file.ts';

/** One line about directories. Throws what a run over them would end with. */
export async function examineFiles(files: FilesConfig): Promise<string> {
  const inputs = await listInputs({ events: files.in, control: files.control });
  await refuseUnwritable(files.out);
  const committed = await readCommitFile(files.out);
  const done = committed === undefined ? 'nothing committed yet' : `${committed.byPartition.size} partitions committed`;
  return `${inputs.length} input files, ${files.partitions} partitions, ${done} in ${files.out}`;
}

/** The output directory, or where it is not there yet, the nearest directory above it that is. */
async function refuseUnwritable(directory: string): Promise<void> {
  try {
    await access(directory, constants.W_OK);
  } catch (thrown) {
    const parent = dirname(directory);
    if (isSystemError(thrown, 'ENOENT') && parent !== directory) return await refuseUnwritable(parent);
    throw new TollgateError('output_unwritable', 'the output directory cannot be written to', {
      where: directory,
      next: 'give another directory as files.out, or the right to write to this one',
      cause: thrown,
    });
  }
}
