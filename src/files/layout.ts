import { join } from 'node:path';

/** The kinds of output, each a folder with one file a partition. */
export const OUTPUT_KINDS = ['decisions', 'audit', 'dead-letter'] as const;
export type OutputKind = (typeof OUTPUT_KINDS)[number];

/** The folder that holds the sessions of each partition. */
export const STATE_FOLDER = 'state';
/** The one file whose replacement makes a commit. */
export const COMMIT_FILE = 'commit.json';
export const LOCK_FILE = 'tollgate.lock';

const STATE_NAME = /^(\d{4,})\.(\d+)\.log$/;

/** `decisions/0003.ndjson` under `dir`. */
export function outputPath(dir: string, kind: OutputKind, partition: number): string {
  return join(dir, kind, `${numbered(partition)}.ndjson`);
}

/** `state/0003.2.log` under `dir`: compaction writes the next generation beside the last one. */
export function statePath(dir: string, partition: number, generation: number): string {
  return join(dir, STATE_FOLDER, `${numbered(partition)}.${generation}.log`);
}

/** Partition and generation of a file name in the state folder; undefined for anything else. */
export function parseStateName(name: string): { partition: number; generation: number } | undefined {
  const match = STATE_NAME.exec(name);
  if (match === null) return undefined;
  return { partition: Number(match[1]), generation: Number(match[2]) };
}

function numbered(partition: number): string {
  return String(partition).padStart(4, '0');
}
