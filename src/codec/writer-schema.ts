import { readFileSync } from 'node:fs';
import avro from 'avsc';
import { type AvroField, shapeOf } from './avro-shape.ts';
import { packageFile } from './package-file.ts';
import { parseJson } from './parse-json.ts';
import { RejectedInput } from './rejected-input.ts';
import { schemaFingerprint } from './schema-fingerprint.ts';

/** A schema that events may have been written with. */
export interface WriterSchema {
  readonly fields: readonly AvroField[];
}

/**
 * What a schema may be: writers' schemas come from wherever a registry takes them, and one of this size takes some 20 ms to
 * compile. The shipped one has 4 kB and some 150 values, and is 9 deep.
 */
const SCHEMA_LIMITS = { maxBytes: 131_072, maxDepth: 40, maxValues: 5_000 } as const;

const EVENT_SCHEMA = packageFile('schemas', 'event.avsc');
/** Assignment of this name changes a prototype. */
const FORBIDDEN_FIELD = '"__proto__"';

let ours: avro.types.RecordType | undefined;

/** The text of the schema that Tollgate ships, which plain Avro is written with. */
export function shippedSchemaText(): string {
  return readFileSync(EVENT_SCHEMA, 'utf8');
}

/**
 * Reads the text of a writer's schema, and sees by Avro's schema resolution whether each member that it shares with the
 * shipped schema can be read as ours. Which members an event must have is seen in the event itself, and what the record is
 * called means nothing. Throws `incompatible_schema`.
 */
export function compileWriterSchema(text: string): WriterSchema {
  const writer = parseSchema(text);
  ours ??= parseSchema(shippedSchemaText());
  const written = new Map(writer.fields.map((field) => [field.name, field.type]));
  for (const { name, type } of ours.fields) {
    const other = written.get(name);
    if (other !== undefined && !resolves(type, other)) {
      throw incompatible(`/${name}: the type of the writer's schema cannot be read as that of schemas/event.avsc`);
    }
  }
  const shape = shapeOf(writer);
  if (shape.kind !== 'record' || JSON.stringify(writer.schema()).includes(FORBIDDEN_FIELD)) {
    throw incompatible('the schema has a member named __proto__');
  }
  return shape;
}

/** A schema as whoever cuts records apart needs it: nothing is asked of what the records hold. */
export interface RecordSchema extends WriterSchema {
  /** Its Parsing Canonical Form, which says all that reading needs. */
  readonly canonicalText: string;
  readonly fingerprint: string;
}

/** Reads the text of any record's schema. Throws `incompatible_schema` for what is no schema, or not of a record. */
export function readRecordSchema(text: string): RecordSchema {
  const type = parseSchema(text);
  const shape = shapeOf(type);
  const canonicalText = JSON.stringify(type.schema());
  const fields = shape.kind === 'record' ? shape.fields : [];
  return { fields, canonicalText, fingerprint: schemaFingerprint(canonicalText) };
}

/** The fingerprint of a schema, as `schemaFingerprint` writes it. Throws `incompatible_schema`. */
export function fingerprintOf(text: string): string {
  return readRecordSchema(text).fingerprint;
}

function resolves(reader: avro.Type, writer: avro.Type): boolean {
  try {
    // Namespaces tell classes of the writer's language apart, not meanings.
    reader.createResolver(writer, { ignoreNamespaces: true });
    return true;
  } catch {
    return false;
  }
}

function parseSchema(text: string): avro.types.RecordType {
  let type: avro.Type;
  try {
    const schema = parseJson(Buffer.from(text, 'utf8'), SCHEMA_LIMITS) as unknown as avro.Schema;
    // Without a prototype: `constructor` is a name like any other.
    type = avro.Type.forSchema(schema, { registry: Object.create(null) as Record<string, avro.Type> });
  } catch (thrown) {
    // Messages of the library quote the schema.
    const why = thrown instanceof RejectedInput ? thrown.code : 'it is no schema of Avro';
    throw incompatible(`the schema cannot be read: ${why}`);
  }
  if (type instanceof avro.types.RecordType) return type;
  throw incompatible('the schema is not of a record');
}

function incompatible(message: string): RejectedInput {
  return new RejectedInput('incompatible_schema', message);
}
