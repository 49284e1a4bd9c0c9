import type { Json } from '../../../domain/json.ts';

/** What a builtin may know of the evaluation that called it: nothing of the process, the clock or the network. */
export interface BuiltinContext {
  /** The session's clock, milliseconds since the epoch. */
  readonly nowMs: number;
  /** What random builtins are seeded by: the event's id. */
  readonly seed: string;
}

/**
 * A function that Rego can call. Sets arrive as arrays. Throws an Error whose message names the operand that does not
 * fit, never its value: the evaluation then fails (OPA's strict builtin errors), it never goes on with "undefined".
 */
export type Builtin = (operands: readonly Json[], context: BuiltinContext) => Json;

export type BuiltinTable = Readonly<Record<string, Builtin>>;

export function stringOperand(operands: readonly Json[], index: number): string {
  const value = operands[index];
  if (typeof value !== 'string') throw new TypeError(`operand ${index + 1} must be a string`);
  return value;
}

export function integerOperand(operands: readonly Json[], index: number): bigint {
  const value = operands[index];
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  throw new TypeError(`operand ${index + 1} must be an integer`);
}

/** An integer small enough to count with (±2^53). */
export function countOperand(operands: readonly Json[], index: number): number {
  const value = Number(integerOperand(operands, index));
  if (!Number.isSafeInteger(value)) throw new RangeError(`operand ${index + 1} is too large`);
  return value;
}

export function arrayOperand(operands: readonly Json[], index: number): readonly Json[] {
  const value = operands[index];
  if (!Array.isArray(value)) throw new TypeError(`operand ${index + 1} must be an array`);
  return value as readonly Json[];
}

/** A string, or a list of strings, as a list of strings. */
export function stringsOperand(operands: readonly Json[], index: number): readonly string[] {
  const value = operands[index];
  if (typeof value === 'string') return [value];
  const items = arrayOperand(operands, index);
  if (!items.every((item): item is string => typeof item === 'string')) {
    throw new TypeError(`operand ${index + 1} must hold strings only`);
  }
  return items;
}

/** An integer in the form that keeps its digits: a number when it is safe, else a bigint. */
export function exactInteger(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}
