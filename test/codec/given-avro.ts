import avro from 'avsc';
import { jsonText } from '../../src/codec/json-text.ts';
import { fingerprintOf, shippedSchemaText } from '../../src/codec/writer-schema.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { RecordHeader } from '../../src/domain/record.ts';
import type { RegisteredSchema } from '../../src/domain/registered-schema.ts';

export const SHIPPED = shippedSchemaText();

const JSON_TEXT: ReadonlySet<string> = new Set(['params', 'result', 'context']);
const SHIPPED_FINGERPRINT = fingerprintOf(SHIPPED);
const SHIPPED_TYPE = avro.Type.forSchema(JSON.parse(SHIPPED));

/** A schema of the name and fields given. */
export function schemaText(fields: readonly object[], name = 'Event'): string {
  return JSON.stringify({ type: 'record', name, fields });
}

export function encode(schema: string, record: object): Buffer {
  return avro.Type.forSchema(JSON.parse(schema)).toBuffer(record);
}

/** An event as the shipped schema has it: JSON text where any JSON value may stand. */
export function recordOf(event: JsonObject): Record<string, unknown> {
  const record = Object.entries(event).map(([name, value]) => [name, JSON_TEXT.has(name) ? jsonText(value) : value]);
  const { approvals } = event;
  const texts = Array.isArray(approvals) ? { approvals: approvals.map((item: Json) => jsonText(item)) } : {};
  return { ...Object.fromEntries(record), ...texts };
}

/** Plain Avro, written with the shipped schema. */
export function plainAvro(event: JsonObject): Buffer {
  return SHIPPED_TYPE.toBuffer(recordOf(event));
}

/** Single-object encoding, written with any schema. */
export function singleObject(body: Uint8Array, schema = SHIPPED): Buffer {
  return Buffer.concat([
    Buffer.from(`c301${schema === SHIPPED ? SHIPPED_FINGERPRINT : fingerprintOf(schema)}`, 'hex'),
    body,
  ]);
}

/** What a serialiser with a schema registry writes. */
export function registered(id: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return Buffer.concat([head, body]);
}

export function registeredSchema(id: number, text = SHIPPED, language = 'AVRO'): RegisteredSchema {
  return { kind: 'schema', id, language, text };
}

export function header(name: string, value: string): RecordHeader {
  return { name, value: Buffer.from(value) };
}

export function contentType(value: string): readonly RecordHeader[] {
  return [header('content-type', value)];
}
