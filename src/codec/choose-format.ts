import { type MediaFormat, mediaFormat } from './content-type.ts';

/**
 * How a value is encoded. `single_object` is Avro behind the fingerprint of its schema, `registered` is what follows the id of
 * a schema in a registry, `avro` has nothing before it and is written with the schema that Tollgate ships.
 */
export type Format = Exclude<MediaFormat, 'avro'> | 'avro' | 'single_object' | 'registered';

/** Avro 1.12, "Single-object encoding": two bytes, then CRC-64-AVRO of the writer's schema. */
const SINGLE_OBJECT_0 = 0xc3;
const SINGLE_OBJECT_1 = 0x01;
/** Confluent's wire format: a zero byte, then the schema's id. */
const REGISTERED = 0x00;

/** True when a value's first byte is one that no JSON document begins with, and another format may. */
export function isMagic(first: number | undefined): boolean {
  return first === REGISTERED || first === SINGLE_OBJECT_0;
}

/**
 * Which format a value has: as its content type says, else as its first bytes say, else JSON. Avro names no schema by its
 * content type, so that the first bytes are asked then too: an event in plain Avro begins with neither of them, since its
 * first member, `event_id`, would have no or a negative length. Throws `unknown_format`.
 */
export function chooseFormat(bytes: Uint8Array, contentType: string | undefined): Format {
  const declared = contentType === undefined ? undefined : mediaFormat(contentType);
  if (declared !== undefined && declared !== 'avro') return declared;
  if (bytes[0] === REGISTERED) return 'registered';
  if (bytes[0] === SINGLE_OBJECT_0 && bytes[1] === SINGLE_OBJECT_1) return 'single_object';
  return declared ?? 'json';
}
