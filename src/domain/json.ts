/**
 * A JSON value as Tollgate holds it. `bigint` stands for an integer beyond ±(2^53 − 1), so that its digits survive
 * (contract section 1); every other number is a finite double.
 */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;

/** A JSON object. Objects that came from outside never have a `__proto__` key: the codec refuses it. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** True for a JSON object (not null, not an array). */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
