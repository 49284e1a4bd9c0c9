import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One partition's entry in `commit.json`, as far as a reader of outputs needs it. */
interface Entry {
  readonly partition: number;
  readonly lengths: Readonly<Record<string, number>>;
}

/** The committed lines of one output file, read as anyone could who knows the format and shares no code with the log. */
export function committedLines(dir: string, kind: string, partition: number): string[] {
  const { committed } = JSON.parse(readFileSync(join(dir, 'commit.json'), 'utf8'));
  const entry = committed.find((one: Entry) => one.partition === partition);
  const length = entry?.lengths[kind] ?? 0;
  if (length === 0) return [];
  const bytes = readFileSync(join(dir, kind, `${String(partition).padStart(4, '0')}.ndjson`)).subarray(0, length);
  const lines = bytes.toString('utf8').split('\n');
  if (lines.pop() !== '') throw new Error(`the committed part of ${kind}/${partition} ends inside a line`);
  return lines;
}
