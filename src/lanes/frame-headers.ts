import type { RawRecord, RecordHeader } from '../domain/record.ts';

/**
 * How a record's headers cross to a worker: only those that say what its value is. Each is two int32 (length of the name,
 * length of the value; −1 is null), little-endian, then both in order.
 */
const LENGTHS = 8;

/** Headers that decoding depends on: `content-type`, and a CloudEvent's attributes (its Kafka protocol binding, section 3.2). */
const CONTENT_TYPE = 'content-type';
const CLOUD_EVENTS_PREFIX = 'ce_';

/** The record's headers that a worker needs; undefined when there are none, as with nearly all records. */
export function formatHeaders({ headers }: RawRecord): readonly RecordHeader[] | undefined {
  if (headers === undefined) return undefined;
  const needed = headers.filter(({ name }) => saysFormat(name));
  return needed.length === 0 ? undefined : needed;
}

function saysFormat(name: string): boolean {
  if (name.length === CONTENT_TYPE.length) return name.toLowerCase() === CONTENT_TYPE;
  return name.startsWith(CLOUD_EVENTS_PREFIX);
}

/** Bytes that these headers take in a frame. */
export function headersSize(headers: readonly RecordHeader[]): number {
  let bytes = 0;
  for (const { name, value } of headers) bytes += LENGTHS + Buffer.byteLength(name) + (value?.length ?? 0);
  return bytes;
}

/** Writes headers at `start`; returns the position that follows them. */
export function writeHeaders(bytes: Uint8Array, start: number, headers: readonly RecordHeader[]): number {
  const buffer = bufferOver(bytes);
  let at = start;
  for (const { name, value } of headers) {
    const nameLength = buffer.write(name, at + LENGTHS, 'utf8');
    buffer.writeInt32LE(nameLength, at);
    buffer.writeInt32LE(value === null ? -1 : value.length, at + 4);
    at += LENGTHS + nameLength;
    if (value === null) continue;
    buffer.set(value, at);
    at += value.length;
  }
  return at;
}

/** Reads the headers that lie in `bytes`. Their values are views into it. */
export function readHeaders(bytes: Uint8Array): readonly RecordHeader[] {
  const buffer = bufferOver(bytes);
  const headers: RecordHeader[] = [];
  for (let at = 0; at < buffer.length; ) {
    const valueAt = at + LENGTHS + buffer.readInt32LE(at);
    const valueLength = buffer.readInt32LE(at + 4);
    const name = buffer.toString('utf8', at + LENGTHS, valueAt);
    at = valueAt + Math.max(0, valueLength);
    headers.push({ name, value: valueLength < 0 ? null : buffer.subarray(valueAt, at) });
  }
  return headers;
}

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
