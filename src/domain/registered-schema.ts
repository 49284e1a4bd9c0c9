/** What a schema registry answered about an id. */
export type RegisteredSchema =
  | {
      readonly kind: 'schema';
      readonly id: number;
      /** `AVRO`, `JSON`, or another language. */
      readonly language: string;
      readonly text: string;
    }
  | {
      readonly kind: 'refused';
      readonly id: number;
      readonly code: 'unknown_schema' | 'incompatible_schema';
      /** Names nothing of the schema. */
      readonly message: string;
    };

/** The schema in the head of an Avro file: its records are given on in single-object encoding, which names it. */
export interface FileSchema {
  readonly kind: 'schema';
  /** Its fingerprint, 16 hexadecimal digits of the bytes that stand in the record. */
  readonly id: string;
  readonly language: 'AVRO';
  /** In Parsing Canonical Form, so that one fingerprint has one text. */
  readonly text: string;
}

/** What is known of the schema that a record names, and goes with it. */
export type NamedSchema = RegisteredSchema | FileSchema;

/** A zero byte and four of the id stand before what a serialiser with a schema registry writes. */
export const SCHEMA_HEAD_BYTES = 5;

/**
 * The schema id in the head of a value that is framed as Confluent's serialisers do; undefined for every other value, and
 * for an id that no registry gives out.
 */
export function schemaIdOf(value: Uint8Array | null): number | undefined {
  if (value === null || value[0] !== 0 || value.length < SCHEMA_HEAD_BYTES) return undefined;
  const id = new DataView(value.buffer, value.byteOffset).getInt32(1);
  return id < 0 ? undefined : id;
}
