import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Sources of a replay as paths, and how to remove what was made for them. */
export interface SpooledInput {
  readonly paths: readonly string[];
  remove(): Promise<void>;
}

/**
 * Turns `-` into a file: a history may have to be read more than once (a worker that dies is given its partitions again),
 * and a pipe cannot.
 */
export async function spoolInput(sources: readonly string[], stdin: NodeJS.ReadableStream): Promise<SpooledInput> {
  if (!sources.includes('-')) return { paths: sources, remove: async () => undefined };
  const dir = await mkdtemp(join(tmpdir(), 'tollgate-'));
  const file = join(dir, 'standard-input.ndjson');
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    await pipeline(stdin, createWriteStream(file, { mode: 0o600 }));
  } catch (thrown) {
    await remove();
    throw thrown;
  }
  return { paths: sources.map((source) => (source === '-' ? file : source)), remove };
}
