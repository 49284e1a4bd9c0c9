import { EvaluationFault } from '../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';

/** Bounds of what one policy may answer; beyond them the result does not fit. Nothing is cut short in silence. */
export const ANSWER_BOUNDS = {
  patches: 64,
  obligations: 64,
  labels: 64,
  reasons: 64,
  findings: 256,
  textChars: 4096,
} as const;

/** A result that does not fit its declared form. `where` is a path inside the result; neither part repeats its values. */
export function misfit(where: string, expected: string, got: Json | undefined): EvaluationFault {
  return new EvaluationFault('invalid_result', `${where}: expected ${expected}, got ${kindOf(got)}`);
}

/** What a value is, without saying which. */
function kindOf(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'bigint' ? 'a number' : `a ${typeof value}`;
}

export function textField(value: Json | undefined, where: string): string {
  if (typeof value !== 'string') throw misfit(where, 'a string', value);
  if (value.length > ANSWER_BOUNDS.textChars) {
    throw new EvaluationFault('invalid_result', `${where}: longer than ${ANSWER_BOUNDS.textChars} characters`);
  }
  return value;
}

export function booleanField(value: Json | undefined, where: string): boolean {
  if (typeof value !== 'boolean') throw misfit(where, 'a boolean', value);
  return value;
}

export function objectField(value: Json | undefined, where: string): JsonObject {
  if (!isJsonObject(value)) throw misfit(where, 'an object', value);
  return value;
}

export function listField(value: Json | undefined, where: string, most: number): readonly Json[] {
  if (!Array.isArray(value)) throw misfit(where, 'an array', value);
  const items = value as readonly Json[];
  if (items.length > most) throw new EvaluationFault('invalid_result', `${where}: more than ${most} items`);
  return items;
}

/** The member's own value, or undefined; never something inherited. */
export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
