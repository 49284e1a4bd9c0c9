import { TollgateError } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';

/** A boolean option, or its default when absent; another type throws `config_invalid`. */
export function booleanOption(options: JsonObject, name: string, preset: boolean): boolean {
  const value = options[name];
  if (value === undefined) return preset;
  if (typeof value !== 'boolean') throw misfit(name, 'a boolean');
  return value;
}

/** An integer option of at least `minimum`, or its default when absent; anything else throws `config_invalid`. */
export function integerOption(options: JsonObject, name: string, minimum: number, preset: number): number {
  const value = options[name];
  if (value === undefined) return preset;
  if (!isIntegerFrom(value, minimum)) throw misfit(name, `an integer of at least ${minimum}`);
  return value;
}

function isIntegerFrom(value: Json, minimum: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum;
}

/** A list of texts that are not empty, or an empty list when absent; anything else throws `config_invalid`. */
export function textsOption(options: JsonObject, name: string): readonly string[] {
  const value = options[name];
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw misfit(name, 'a list of strings');
  return value.map((item: Json) => {
    if (typeof item !== 'string' || item === '') throw misfit(name, 'a list of strings that are not empty');
    return item;
  });
}

function misfit(name: string, expected: string): TollgateError {
  return new TollgateError('config_invalid', `with.${name}: expected ${expected}`);
}
