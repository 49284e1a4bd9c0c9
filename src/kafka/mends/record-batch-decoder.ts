/**
 * Reading record batches (format v2, magic 2).
 *
 * kafkajs 2.2.4 makes a decoder, a header object and decimal text of every number for each record, checks no checksum,
 * and knows of a record's batch only in passing. Here a record is one object with two views of the response's bytes.
 * Format: https://kafka.apache.org/documentation/#recordbatch
 */

import { crc32c } from '@node-rs/crc32';
import { type Compressed, loadCodec, loadedCodec } from '../../compression/codecs.ts';
import { COMPRESSIONS } from '../../domain/compression.ts';
import { TollgateError } from '../../domain/errors.ts';
import type { RecordHeader } from '../../domain/record.ts';
import {
  CODEC,
  CONTROL,
  CRC_AT,
  CRC_FROM,
  HEAD_BYTES,
  LOG_APPEND_TIME,
  MAGIC,
  MAGIC_AT,
  SIZE_FROM,
  TRANSACTIONAL,
} from './record-batch-format.ts';
import { RecordCursor } from './record-cursor.ts';
import { readInt64 } from './wire-reader.ts';

/** A record as it lies in the log. `key` and `value` are parts of the response's buffer. */
export interface DecodedRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** In their order, decoded at each access; undefined when there are none. */
  readonly headers?: readonly RecordHeader[] | undefined;
}

/** A batch without its records. */
export interface DecodedBatch {
  readonly baseOffset: number;
  /** Of the last record that was ever in it: compaction may have taken that away. */
  readonly lastOffset: number;
  readonly producerId: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  /** Decodes the records. */
  records(): DecodedRecord[];
}

/** Where the bytes are from, for messages. */
export interface BatchPlace {
  readonly topic: string;
  readonly partition: number;
}

/** A batch of a megabyte may not turn into more than this. */
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;
const ATTRIBUTES_AT = 21;
const COUNT_AT = 57;

class HeadedRecord implements DecodedRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** The record's batch, and where in it the headers begin. */
  readonly source: Buffer;
  readonly headersAt: number;

  constructor(offset: number, timestampMs: number, cursor: RecordCursor) {
    this.offset = offset;
    this.timestampMs = timestampMs;
    this.key = cursor.bytes();
    this.value = cursor.bytes();
    this.source = cursor.source;
    this.headersAt = cursor.at;
    cursor.skipHeaders();
  }

  /** Cannot throw: `skipHeaders` went over the same bytes. */
  get headers(): readonly RecordHeader[] | undefined {
    if (this.source[this.headersAt] === 0) return undefined;
    const cursor = new RecordCursor(this.source, this.headersAt, this.source.length);
    const headers: RecordHeader[] = [];
    for (let left = cursor.varint(); left > 0; left--) {
      const name = cursor.bytes();
      headers.push({ name: name === null ? '' : name.toString('utf8'), value: cursor.bytes() });
    }
    return headers;
  }
}

/**
 * Loads what the batches of a response are compressed with. A codec that there is none of for this machine is met again
 * when records are asked for.
 */
export async function loadCodecsOf(bytes: Buffer): Promise<void> {
  const missing = new Set<Compressed>();
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const codec = compressedWith(bytes.readInt16BE(at + ATTRIBUTES_AT));
    if (codec !== undefined && loadedCodec(codec) === undefined) missing.add(codec);
    at += SIZE_FROM + Math.max(0, bytes.readInt32BE(at + 8));
  }
  await Promise.allSettled(Array.from(missing, loadCodec));
}

/** Undefined for what is not compressed, and for what no codec has the number of. */
function compressedWith(attributes: number): Compressed | undefined {
  const name = COMPRESSIONS[attributes & CODEC];
  return name === 'none' ? undefined : name;
}

/**
 * The whole batches of a response, in order; what a broker cut off at the end is left out, as Kafka allows. Throws
 * `input_unreadable` for an older format, a wrong checksum, and, when its records are asked for, a codec that is not
 * loaded (`loadCodecsOf`), bytes that cannot be decompressed or become too many, and a record that does not fit its batch.
 */
export function* decodeBatches(bytes: Buffer, place: BatchPlace): Generator<DecodedBatch> {
  for (let at = 0; at + MAGIC_AT < bytes.length; ) {
    const end = at + SIZE_FROM + bytes.readInt32BE(at + 8);
    const magic = bytes.readInt8(at + MAGIC_AT);
    const baseOffset = readInt64(bytes, at);
    if (magic !== MAGIC) throw unreadable(place, baseOffset, `its format is v${magic}, and v${MAGIC} is needed`);
    if (end > bytes.length) return;
    if (end < at + HEAD_BYTES) throw unreadable(place, baseOffset, 'its length is wrong');
    const batch = bytes.subarray(at, end);
    if (crc32c(batch.subarray(CRC_FROM)) !== batch.readUInt32BE(CRC_AT)) {
      throw unreadable(place, baseOffset, 'its checksum is wrong');
    }
    yield headOf(batch, baseOffset, place);
    at = end;
  }
}

function headOf(batch: Buffer, baseOffset: number, place: BatchPlace): DecodedBatch {
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  const lastOffset = baseOffset + batch.readInt32BE(23);
  return {
    baseOffset,
    lastOffset,
    producerId: readInt64(batch, 43),
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & CONTROL) !== 0,
    records: () => {
      try {
        return recordsOf(batch, baseOffset, attributes, place);
      } catch (thrown) {
        if (thrown instanceof RangeError)
          throw unreadable(place, baseOffset, thrown.message, { after: lastOffset + 1, cause: thrown });
        throw thrown;
      }
    },
  };
}

function recordsOf(batch: Buffer, baseOffset: number, attributes: number, place: BatchPlace): DecodedRecord[] {
  const firstMs = readInt64(batch, 27);
  const appendedMs = (attributes & LOG_APPEND_TIME) === 0 ? undefined : readInt64(batch, 35);
  const source = inflated(batch, baseOffset, attributes, place);
  const records: DecodedRecord[] = [];
  const cursor = new RecordCursor(source, source === batch ? HEAD_BYTES : 0, source.length);
  for (let left = batch.readInt32BE(COUNT_AT); left > 0; left--) {
    const end = cursor.begin();
    cursor.at++; // attributes, of which there are none
    const timestampMs = firstMs + cursor.varlong();
    const offset = baseOffset + cursor.varint();
    records.push(new HeadedRecord(offset, appendedMs ?? timestampMs, cursor));
    cursor.finish(end);
  }
  return records;
}

function inflated(batch: Buffer, baseOffset: number, attributes: number, place: BatchPlace): Buffer {
  const number = attributes & CODEC;
  if (number === 0) return batch;
  const after = baseOffset + batch.readInt32BE(23) + 1;
  const name = compressedWith(attributes);
  if (name === undefined) throw unreadable(place, baseOffset, `its compression is unknown (${number})`, { after });
  const codec = loadedCodec(name);
  if (codec === undefined) {
    throw unreadable(place, baseOffset, `its compression is ${name}, which cannot be loaded on this machine`, {
      after,
    });
  }
  try {
    return codec.decompress(batch.subarray(HEAD_BYTES), MAX_INFLATED_BYTES);
  } catch (thrown) {
    const why = `it cannot be decompressed (${name}): ${(thrown as Error).message}`;
    throw unreadable(place, baseOffset, why, { after, cause: thrown });
  }
}

/** `after`: the offset that follows the batch, where it is known. */
function unreadable(
  { topic, partition }: BatchPlace,
  offset: number,
  why: string,
  { after, cause }: { readonly after?: number; readonly cause?: unknown } = {},
): TollgateError {
  return new TollgateError('input_unreadable', `a record batch cannot be read: ${why}`, {
    where: `${topic}/${partition}/${offset}`,
    next: `find out who wrote it; to go on without these records, stop all processes of the group, then: tollgate topics repair --topic ${topic} --partition ${partition} --to ${after ?? 'OFFSET, with what follows them'}`,
    cause,
  });
}
