import type { FileSchema } from '../domain/registered-schema.ts';
import { AvroCursor } from './avro-cursor.ts';
import type { AvroShape } from './avro-shape.ts';
import { AvroSkip } from './avro-skip.ts';
import { AvroValues, TEXT_LEAVES } from './avro-values.ts';
import { RejectedInput } from './rejected-input.ts';
import { type RecordSchema, readRecordSchema } from './writer-schema.ts';

/** Two bytes of magic go before the fingerprint: Avro 1.12, "Single-object encoding". */
const SINGLE_OBJECT = 'c301';
/** A union and what is in it. */
const FACT_LIMITS = { maxDepth: 1, maxReads: 4 } as const;
const FACTS: ReadonlySet<string> = new Set(['session_id', 'occurred_at']);

/** One of the records that follow each other in a block, or why its end cannot be found. */
export type AvroRecord =
  | {
      readonly kind: 'record';
      /** The byte behind it. */
      readonly end: number;
      /** Undefined when it has none that can be read. */
      readonly sessionId: string | undefined;
      readonly occurredAt: string | number | undefined;
    }
  | { readonly kind: 'broken'; readonly message: string };

/** Cuts the records of one schema apart. */
export interface AvroRecords {
  readonly kind: 'records';
  readonly schema: FileSchema;
  /** What stands before a record in single-object encoding. */
  readonly head: Buffer;
  /** The record that begins at `at`. Of a record that is longer, only facts in its first `maxBytes` are looked for. */
  find(block: Buffer, at: number, maxBytes: number): AvroRecord;
}

/** Reads a file's schema. Total: what is no schema of a record is an outcome. */
export function avroRecords(schemaText: string): AvroRecords | { readonly kind: 'broken'; readonly message: string } {
  const schema = orBroken(() => readRecordSchema(schemaText));
  if ('kind' in schema) return schema;
  const { fingerprint: id, canonicalText: text } = schema;
  return {
    kind: 'records',
    schema: { kind: 'schema', id, language: 'AVRO', text },
    head: Buffer.from(SINGLE_OBJECT + id, 'hex'),
    find: (block, at, maxBytes) => orBroken(() => findRecord(schema, block, at, maxBytes)),
  };
}

function findRecord({ fields }: RecordSchema, block: Buffer, at: number, maxBytes: number): AvroRecord {
  const cursor = new AvroCursor(block, at);
  const skip = new AvroSkip(cursor);
  const found = new Map<string, { readonly start: number; readonly shape: AvroShape }>();
  for (const { name, shape } of fields) {
    if (FACTS.has(name)) found.set(name, { start: cursor.at, shape });
    skip.value(shape);
  }
  const end = cursor.at;
  const head = block.subarray(0, Math.min(end, at + maxBytes));
  const fact = (name: string): unknown => {
    const place = found.get(name);
    return place === undefined ? undefined : readFact(head, place.start, place.shape);
  };
  const sessionId = fact('session_id');
  const occurredAt = fact('occurred_at');
  return {
    kind: 'record',
    end,
    sessionId: typeof sessionId === 'string' ? sessionId : undefined,
    occurredAt: typeof occurredAt === 'string' || typeof occurredAt === 'number' ? occurredAt : undefined,
  };
}

function readFact(bytes: Buffer, start: number, shape: AvroShape): unknown {
  const read = () => new AvroValues(new AvroCursor(bytes, start), FACT_LIMITS).read(shape, 1, TEXT_LEAVES);
  const value = start > bytes.length ? undefined : orBroken(() => ({ value: read() }));
  return value !== undefined && 'value' in value ? value.value : undefined;
}

function orBroken<T>(read: () => T): T | { readonly kind: 'broken'; readonly message: string } {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof RejectedInput) return { kind: 'broken', message: thrown.message };
    throw thrown;
  }
}
