import { readFileSync } from 'node:fs';
import avro from 'avsc';
import type { AuditKind, Decision, RecordSource } from '../domain/decision.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { AvroCursor } from './avro-cursor.ts';
import { type AvroShape, shapeOf } from './avro-shape.ts';
import { AvroValues, PLAIN_LEAVES } from './avro-values.ts';
import { decisionRecord, decisionTextOf } from './decision-record.ts';
import { packageFile } from './package-file.ts';
import { RejectedInput } from './rejected-input.ts';
import { schemaFingerprint } from './schema-fingerprint.ts';

/** Avro 1.12, "Single-object encoding": two bytes, then the fingerprint of the writer's schema. */
const MAGIC = [0xc3, 0x01] as const;
/** Where a record's first member begins. */
const SINGLE_OBJECT_HEAD_BYTES = 10;
/** Those of our own records are not near these; they bound what a forged one costs. */
const READING = { maxDepth: 16, maxReads: 2_000_000 } as const;

/** One audit record, sealed. Texts are JSON. */
export interface AuditEntry {
  readonly auditId: string;
  readonly kind: AuditKind;
  readonly recordedAt: string;
  readonly partition: number;
  readonly index: number;
  readonly prevHash: string;
  readonly source?: RecordSource | undefined;
  readonly decision?: Decision | undefined;
  readonly eventText?: string | undefined;
  readonly detailText?: string | undefined;
  readonly hash: string;
}

/** A schema, and the head that records of it have. */
interface Schema {
  readonly type: avro.Type;
  readonly head: Buffer;
  readonly shape: AvroShape;
}

/**
 * Decisions and audit records as Avro in single-object encoding, with the schemas that are shipped. The bytes depend on
 * the record alone.
 */
export class OutputAvro {
  readonly #decision: Schema;
  readonly #audit: Schema;

  constructor() {
    // The audit record mentions the decision, which is read first.
    const registry: Record<string, avro.Type> = {};
    this.#decision = readSchema('decision.avsc', registry);
    this.#audit = readSchema('audit.avsc', registry);
  }

  decision(decision: Decision): Buffer {
    return encode(this.#decision, decisionRecord(decision));
  }

  audit(entry: AuditEntry): Buffer {
    const { source, decision } = entry;
    return encode(this.#audit, {
      audit_id: entry.auditId,
      kind: entry.kind,
      recorded_at: entry.recordedAt,
      partition: entry.partition,
      index: entry.index,
      prev_hash: entry.prevHash,
      source: source ?? null,
      decision: decision === undefined ? null : decisionRecord(decision),
      event: entry.eventText ?? null,
      detail: entry.detailText ?? null,
      hash: entry.hash,
    });
  }

  /**
   * The JSON text that a decision or audit record in Avro stands for, to the byte: what an audit record's hash is over.
   * Undefined for bytes that do not begin with the head of either. Throws `invalid_avro` and the like (`RejectedInput`)
   * for what does, and is none.
   */
  textOf(bytes: Uint8Array): string | undefined {
    const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const hasHead = ({ head }: Schema) => head.equals(record.subarray(0, SINGLE_OBJECT_HEAD_BYTES));
    if (hasHead(this.#decision)) return decisionTextOf(read(this.#decision, record));
    return hasHead(this.#audit) ? auditTextOf(read(this.#audit, record)) : undefined;
  }
}

let output: OutputAvro | undefined;

/** The value of an output record as JSON, whichever of the two forms it was written in. Throws as `OutputAvro.textOf`. */
export function outputJson(value: Uint8Array): Uint8Array {
  if (value[0] !== MAGIC[0] || value[1] !== MAGIC[1]) return value;
  output ??= new OutputAvro();
  const text = output.textOf(value);
  return text === undefined ? value : Buffer.from(text);
}

function readSchema(file: string, registry: Record<string, avro.Type>): Schema {
  const type = avro.Type.forSchema(JSON.parse(readFileSync(packageFile('schemas', file), 'utf8')), { registry });
  const fingerprint = Buffer.from(schemaFingerprint(JSON.stringify(type.schema())), 'hex');
  return { type, head: Buffer.from([...MAGIC, ...fingerprint]), shape: shapeOf(type) };
}

function encode({ type, head }: Schema, record: object): Buffer {
  return Buffer.concat([head, type.toBuffer(record)]);
}

function read({ shape }: Schema, bytes: Buffer): JsonObject {
  const cursor = new AvroCursor(bytes, SINGLE_OBJECT_HEAD_BYTES);
  const value: Json = new AvroValues(cursor, READING).read(shape, 0, PLAIN_LEAVES);
  if (!cursor.isAtEnd) throw new RejectedInput('trailing_bytes', 'bytes after the record');
  if (!isJsonObject(value)) throw new RejectedInput('not_an_object', 'no record');
  return value;
}

/** Texts go back as they are, the decision as its own text; everything else is plain. */
function auditTextOf(record: JsonObject): string {
  const members = Object.entries(record).map(([name, value]) => {
    const isText = name === 'event' || name === 'detail';
    if (isText) return `"${name}":${String(value)}`;
    return `"${name}":${isJsonObject(value) ? decisionTextOf(value) : JSON.stringify(value)}`;
  });
  return `{${members.join(',')}}`;
}
