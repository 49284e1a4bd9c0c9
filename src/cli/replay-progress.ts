import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compressionOf } from '../compression/decompress-stream.ts';
import { formatByName } from '../files/input-format.ts';
import type { Tally } from '../pipeline/tally.ts';
import { type Progress, startProgress } from './progress.ts';
import type { Channel } from './terminal.ts';

const KIB = 1024;

/** How far a replay has come, told after each commit. */
export interface ReplayProgress {
  update(tally: Tally): void;
  stop(): void;
}

/**
 * A progress bar over the bytes of the sources, on a terminal. The size of what is in a compressed file, or in one of Avro, is
 * not known before its end, so that a replay with one of them has no bar.
 */
export async function startReplayProgress(paths: readonly string[], channel: Channel): Promise<ReplayProgress> {
  const bytes = channel.isTerminal ? await totalBytes(paths) : undefined;
  const bar: Progress | undefined = bytes === undefined ? undefined : startProgress(channel, toKib(bytes), 'KiB');
  return {
    update: (tally) => bar?.update(toKib(tally.bytes + tally.records)),
    stop: () => bar?.stop(),
  };
}

/** Bytes of all files, or undefined when one is compressed. What cannot be looked at is reported by who reads it. */
async function totalBytes(paths: readonly string[]): Promise<number | undefined> {
  let bytes = 0;
  for (const file of (await Promise.all(paths.map(filesOf))).flat()) {
    if (compressionOf(file) !== 'none' || formatByName(file) === 'avro') return undefined;
    bytes += (await stat(file)).size;
  }
  return bytes;
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    return (await readdir(path)).map((name) => join(path, name));
  } catch {
    return [];
  }
}

function toKib(bytes: number): number {
  return Math.ceil(bytes / KIB);
}
