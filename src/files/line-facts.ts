import type { FileSchema } from '../domain/registered-schema.ts';
import type { Line } from './line-splitter.ts';

/** How lines are looked into without decoding them. Given from outside: an adapter knows no event format. */
export interface LineCodec {
  /** The string under a top-level member of the line's JSON object; undefined when there is none. */
  topLevelString(line: Uint8Array, field: string): string | undefined;
  /** The partition that a record with this key belongs to. */
  partitionOf(key: Uint8Array, partitions: number): number;
  /** An `occurred_at` in milliseconds; undefined when it is no time. */
  parseTime(value: string | number): number | undefined;
}

/** The same for the records of Avro files. */
export interface FileCodec extends LineCodec {
  /** Reads the schema of a file, by which its records are cut apart. */
  avroRecords(schemaText: string): Promise<AvroRecordCodec | Broken>;
}

export interface AvroRecordCodec {
  readonly kind: 'records';
  readonly schema: FileSchema;
  /** What stands before a record in single-object encoding. */
  readonly head: Buffer;
  /** The record at `at`: where it ends, and the facts that lie in its first `maxBytes`. */
  find(block: Buffer, at: number, maxBytes: number): FoundRecord | Broken;
}

export interface FoundRecord {
  readonly kind: 'record';
  /** The byte behind it. */
  readonly end: number;
  readonly sessionId: string | undefined;
  readonly occurredAt: string | number | undefined;
}

interface Broken {
  readonly kind: 'broken';
  readonly message: string;
}

const TIME_FIELD = 'occurred_at';

/** A line's `session_id` as key bytes; null when it has none that can be read. */
export function lineKey(codec: LineCodec, line: Buffer): Buffer | null {
  const sessionId = codec.topLevelString(line, 'session_id');
  return sessionId === undefined ? null : Buffer.from(sessionId, 'utf8');
}

/** A line's `occurred_at` in milliseconds; undefined when it has none that can be read. */
export function lineTime(codec: LineCodec, line: Buffer): number | undefined {
  const text = codec.topLevelString(line, TIME_FIELD);
  if (text !== undefined) return codec.parseTime(text);
  // Epoch milliseconds: a whole parse, because a second scanner that must agree with the first is worse.
  const value = numberIn(line);
  return value === undefined ? undefined : codec.parseTime(value);
}

/** As `lineKey`, of a line or a record. */
export function recordKey(codec: LineCodec, { bytes, avro }: Line): Buffer | null {
  if (avro === undefined) return lineKey(codec, bytes);
  return avro.sessionId === undefined ? null : Buffer.from(avro.sessionId, 'utf8');
}

/** As `lineTime`, of a line or a record. */
export function recordTime(codec: LineCodec, { bytes, avro }: Line): number | undefined {
  if (avro === undefined) return lineTime(codec, bytes);
  return avro.occurredAt === undefined ? undefined : codec.parseTime(avro.occurredAt);
}

function numberIn(line: Buffer): number | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    if (typeof value !== 'object' || value === null || !(TIME_FIELD in value)) return undefined;
    return typeof value[TIME_FIELD] === 'number' ? value[TIME_FIELD] : undefined;
  } catch {
    return undefined;
  }
}
