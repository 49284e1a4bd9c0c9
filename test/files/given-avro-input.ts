import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFileSource } from '../../src/files/source.ts';
import type { FileSourceOptions } from '../../src/files/source-options.ts';
import { FILE_CODEC } from '../../src/main.ts';
import { plainAvro, SHIPPED } from '../codec/given-avro.ts';
import { RecordingSink } from '../contract/recording-sink.ts';
import type { AvroFileParts } from './given-avro-file.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export type GivenEvent = { readonly [name: string]: string | number };

export const event = (n: number, more: GivenEvent = {}): GivenEvent => {
  return { event_id: `e-${n}`, type: 'step', session_id: 's', occurred_at: n, ...more };
};
const events = (...numbers: readonly number[]) => numbers.map((n) => event(n));
export const shipped = (...numbers: readonly number[]): AvroFileParts => {
  return { schema: SHIPPED, blocks: [{ records: events(...numbers).map(plainAvro) }] };
};

export function write(files: Readonly<Record<string, string | Uint8Array>>): string {
  const dir = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  return dir;
}

export async function readAll(
  paths: string,
  options: Partial<FileSourceOptions> = {},
  from = new Map<string, number>(),
) {
  const source = openFileSource({
    events: paths,
    partitions: 1,
    codec: FILE_CODEC,
    maxLineBytes: 100_000,
    follow: false,
    now: () => -1,
    ...options,
  });
  const sink = new RecordingSink();
  const run = source.run(sink, new AbortController().signal);
  for (let partition = 0; partition < (options.partitions ?? 1); partition++) source.start(partition, from);
  await run;
  return sink;
}
