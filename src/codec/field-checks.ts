/**
 * Checks of single members of an event. Each returns the value in its type or throws RejectedInput with the member's
 * JSON Pointer, which holds names of the contract only.
 */
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { RejectedInput } from './rejected-input.ts';

/** A string of 1 to `maxChars` code points, or undefined when it is anything else. */
export function asText(value: Json | undefined, maxChars: number): string | undefined {
  return typeof value === 'string' && fits(value, maxChars) ? value : undefined;
}

/** A string of 1 to `maxChars` code points. Throws `missing_field`, `wrong_type`, `out_of_bounds`. */
export function requiredText(value: Json | undefined, pointer: string, maxChars: number): string {
  if (value === undefined) throw missing(pointer);
  return text(value, pointer, maxChars);
}

/** The same for a member that may be absent; null is not absent. */
export function optionalText(value: Json | undefined, pointer: string, maxChars: number): string | undefined {
  return value === undefined ? undefined : text(value, pointer, maxChars);
}

/** An object, or undefined when absent. */
export function optionalObject(value: Json | undefined, pointer: string): JsonObject | undefined {
  if (value === undefined || isJsonObject(value)) return value;
  throw wrongType(pointer, 'an object');
}

/** A finite number in 0…`max`, or undefined when absent. */
export function optionalAmount(value: Json | undefined, pointer: string, max: number): number | undefined {
  if (value === undefined) return undefined;
  // A bigint is a number beyond `max` that kept its digits.
  if (typeof value !== 'number' && typeof value !== 'bigint') throw wrongType(pointer, 'a number');
  if (typeof value === 'bigint' || value < 0 || value > max) {
    throw new RejectedInput('out_of_bounds', `${pointer}: expected 0 to ${max}`);
  }
  return value;
}

export function missing(pointer: string): RejectedInput {
  return new RejectedInput('missing_field', `${pointer}: required`);
}

export function wrongType(pointer: string, expected: string): RejectedInput {
  return new RejectedInput('wrong_type', `${pointer}: expected ${expected}`);
}

function text(value: Json, pointer: string, maxChars: number): string {
  if (typeof value !== 'string') throw wrongType(pointer, 'a string');
  if (!fits(value, maxChars))
    throw new RejectedInput('out_of_bounds', `${pointer}: expected 1 to ${maxChars} characters`);
  return value;
}

/** A string has at least half as many code points as code units, so that most need no counting. */
function fits(value: string, maxChars: number): boolean {
  if (value.length <= maxChars) return value.length > 0;
  return value.length <= 2 * maxChars && [...value].length <= maxChars;
}
