/** Record batches for tests, and what is in them. */

import { crc32c } from '@node-rs/crc32';
import * as fc from 'fast-check';
import type { Compression } from '../../../src/domain/compression.ts';
import { type OutRecord, RecordBatchBuilder } from '../../../src/kafka/mends/record-batch.ts';
import { type DecodedRecord, decodeBatches } from '../../../src/kafka/mends/record-batch-decoder.ts';
import { CRC_AT, CRC_FROM } from '../../../src/kafka/mends/record-batch-format.ts';

export const PLACE = { topic: 'calls', partition: 3 };
export const NO_PRODUCER = { producerId: -1, producerEpoch: -1, baseSequence: -1, isTransactional: false };
export const NOON_MS = 1_760_000_000_000;

/** A record as a reader sees it, comparable by value. */
export interface PlainRecord {
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

/** The codec of the compression must have been loaded. */
export function batchOf(records: readonly OutRecord[], compression: Compression = 'none'): Buffer {
  const builder = new RecordBatchBuilder({ maxBytes: 64 * 1024 * 1024 });
  for (const record of records) builder.append(record);
  return builder.finish(NO_PRODUCER, compression);
}

/** The batch with its checksum made right again after a change. */
export function resealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(CRC_FROM)), CRC_AT);
  return batch;
}

export function recordsIn(bytes: Buffer): DecodedRecord[] {
  return [...decodeBatches(bytes, PLACE)].flatMap((batch) => batch.records());
}

/** Bytes as Latin-1, so that each stands for itself. */
function plainBytes(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('latin1');
}

export function plainDecoded(record: DecodedRecord): PlainRecord {
  const headers = (record.headers ?? []).map(({ name, value }) => [name, plainBytes(value)] as const);
  return { timestampMs: record.timestampMs, key: plainBytes(record.key), value: plainBytes(record.value), headers };
}

export function plainWritten({ key, value, valueStart, valueEnd, headers, timestampMs }: OutRecord): PlainRecord {
  const bytesOf = (header: Uint8Array | string | null) => (typeof header === 'string' ? Buffer.from(header) : header);
  return {
    timestampMs,
    key: plainBytes(key),
    value: plainBytes(value === null ? null : value.subarray(valueStart ?? 0, valueEnd ?? value.length)),
    headers: (headers ?? []).map((header) => [header.name, plainBytes(bytesOf(header.value))] as const),
  };
}

const arbitraryBytes = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null });
const arbitraryText = fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'grapheme', maxLength: 40 }));
const arbitraryTime = fc.oneof(
  fc.integer({ min: NOON_MS - 1000, max: NOON_MS + 1000 }),
  fc.integer({ min: -(2 ** 51), max: 2 ** 51 }),
  fc.constantFrom(-1, 0, 2 ** 31, -(2 ** 31), 2 ** 51, -(2 ** 51)),
);
const arbitraryHeaders = fc.array(fc.record({ name: arbitraryText, value: fc.oneof(arbitraryBytes, arbitraryText) }), {
  maxLength: 4,
});

/** Any record that can be written. */
export const arbitraryRecord: fc.Arbitrary<OutRecord> = fc
  .record({ key: arbitraryBytes, value: arbitraryBytes, headers: arbitraryHeaders, timestampMs: arbitraryTime })
  .chain((record) => {
    const length = record.value?.length ?? 0;
    const place = fc.tuple(fc.nat(length), fc.nat(length)).map(([a, b]) => ({
      valueStart: Math.min(a, b),
      valueEnd: Math.max(a, b),
    }));
    return fc.oneof(
      fc.constant(record),
      place.map((slice) => ({ ...record, ...slice })),
    );
  });
