import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { makeWorkload } from '../workload.ts';

const SLICE = 20_000;
const LINE_FEED = Buffer.from('\n');

export interface HistoryShape {
  readonly events: number;
  readonly sessions: number;
  readonly bytes: number;
}

/** Writes a history as gzip NDJSON, as `gzip` would: level 6, one member. */
export async function writeHistory(path: string, shape: HistoryShape, signal: AbortSignal): Promise<void> {
  await pipeline(Readable.from(slices(shape)), createGzip(), createWriteStream(path), { signal });
}

/** The events in their order, a slice at a time: all of them at once would be memory for nothing. */
function* slices({ events, ...shape }: HistoryShape): Generator<Buffer> {
  for (let first = 0, seed = 1; first < events; first += SLICE, seed++) {
    const [records = []] = makeWorkload(Math.min(SLICE, events - first), { ...shape, partitions: 1, seed, first });
    yield Buffer.concat(records.flatMap(({ value }) => [value as Buffer, LINE_FEED]));
  }
}
