import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { isJsonArray } from './json-pointer.ts';

/** True when two JSON values say the same; members in any order, bigints by their digits, undefined only as itself. */
export function jsonEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (isJsonArray(a)) return isJsonArray(b) && sameItems(a, b);
  return isJsonObject(a) && isJsonObject(b) && sameMembers(a, b);
}

function sameItems(a: readonly Json[], b: readonly Json[]): boolean {
  return a.length === b.length && a.every((item, i) => jsonEqual(item, b[i]));
}

function sameMembers(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key], b[key]));
}
