import type { RawRecord, RecordHeader } from '../domain/record.ts';
import { formatHeaders, headersSize, readHeaders, writeHeaders } from './frame-headers.ts';

/**
 * How records cross to a worker: one buffer a batch, transferred. Each segment is a table of six doubles a record (topic
 * index, trusted, offset, timestamp, value length, headers' length; a value length of −1 is null), then the values in
 * order, each followed by its headers. Keys stay behind: the session id that counts is the one inside the event.
 */
const COLUMNS = 6;
const DOUBLE = 8;

/** A record as the worker reads it out of the frame; `value` is a view into the buffer. */
export interface FramedRecord {
  readonly topic: string;
  readonly trusted: boolean;
  readonly offset: number;
  readonly timestampMs: number;
  readonly value: Uint8Array | null;
  /** Those that say what the value is; undefined when there are none. */
  readonly headers: readonly RecordHeader[] | undefined;
}

/** Bytes that the records take in a frame, a multiple of eight. */
export function frameSize(records: readonly RawRecord[]): number {
  let bytes = records.length * COLUMNS * DOUBLE;
  for (const record of records) {
    bytes += record.value?.length ?? 0;
    if (record.headers !== undefined) bytes += headersSize(formatHeaders(record) ?? []);
  }
  return Math.ceil(bytes / DOUBLE) * DOUBLE;
}

/** Writes the records at `start` (a multiple of eight); returns the topics that the table's indices name. */
export function writeFrame(buffer: ArrayBuffer, start: number, records: readonly RawRecord[]): string[] {
  const table = new Float64Array(buffer, start, records.length * COLUMNS);
  const bytes = new Uint8Array(buffer);
  const topics: string[] = [];
  let at = start + table.byteLength;
  let cell = 0;
  for (const record of records) {
    table[cell] = topicIndex(topics, record.topic);
    table[cell + 1] = record.trusted ? 1 : 0;
    table[cell + 2] = record.offset;
    table[cell + 3] = record.timestampMs;
    table[cell + 4] = record.value === null ? -1 : record.value.length;
    if (record.value !== null) {
      bytes.set(record.value, at);
      at += record.value.length;
    }
    const headers = formatHeaders(record);
    if (headers !== undefined) {
      const end = writeHeaders(bytes, at, headers);
      table[cell + 5] = end - at;
      at = end;
    }
    cell += COLUMNS;
  }
  return topics;
}

function topicIndex(topics: string[], topic: string): number {
  const known = topics.indexOf(topic);
  return known >= 0 ? known : topics.push(topic) - 1;
}

/** Reads a frame, record by record, in order. */
export function* readFrame(
  buffer: ArrayBuffer,
  start: number,
  count: number,
  topics: readonly string[],
): Generator<FramedRecord> {
  const table = new Float64Array(buffer, start, count * COLUMNS);
  let at = start + table.byteLength;
  for (let cell = 0; cell < table.length; cell += COLUMNS) {
    const length = table[cell + 4] as number;
    const headersAt = at + Math.max(length, 0);
    const headersLength = table[cell + 5] as number;
    yield {
      topic: topics[table[cell] as number] as string,
      trusted: table[cell + 1] === 1,
      offset: table[cell + 2] as number,
      timestampMs: table[cell + 3] as number,
      value: length < 0 ? null : Buffer.from(buffer, at, length),
      headers: headersLength === 0 ? undefined : readHeaders(new Uint8Array(buffer, headersAt, headersLength)),
    };
    at = headersAt + headersLength;
  }
}
