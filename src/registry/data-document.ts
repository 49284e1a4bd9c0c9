import { parse as parseYaml } from 'yaml';
import { parseJson } from '../codec/parse-json.ts';
import { RejectedInput } from '../codec/rejected-input.ts';
import { TollgateError } from '../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';

/** Bounds of one data document. */
const DATA_LIMITS = { maxBytes: 64 * 1024 * 1024, maxDepth: 128, maxValues: 5_000_000 } as const;

/** A data document: an object, from JSON. Throws `policy_invalid` that names `where`. */
export function parseDataJson(bytes: Uint8Array, where: string): JsonObject {
  try {
    return dataObject(parseJson(bytes, DATA_LIMITS), where);
  } catch (thrown) {
    if (!(thrown instanceof RejectedInput)) throw thrown;
    throw invalidData(where, `it is not JSON that Tollgate takes: ${thrown.message}`, thrown);
  }
}

/** The same from YAML, with no more than JSON can say: what YAML adds (dates, tags, anchors that cycle) is refused. */
export function parseDataYaml(bytes: Buffer, where: string): JsonObject {
  let text: string | undefined;
  try {
    text = JSON.stringify(parseYaml(bytes.toString('utf8'), { schema: 'core', uniqueKeys: true }), refuseUnsayable);
  } catch (thrown) {
    throw invalidData(where, 'it is not YAML of the JSON kind', thrown);
  }
  if (text === undefined) throw invalidData(where, 'it is empty');
  return parseDataJson(Buffer.from(text), where);
}

function refuseUnsayable(_key: string, value: unknown): unknown {
  if (
    typeof value === 'number' &&
    !(Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)))
  ) {
    throw new RangeError('a number that JSON would not keep');
  }
  return value;
}

function dataObject(value: Json, where: string): JsonObject {
  if (!isJsonObject(value)) throw invalidData(where, 'the document is not an object');
  return value;
}

/**
 * `base` with `added` laid into it at `path` (segments of a directory in the bundle). Objects merge; anything else that
 * meets is a conflict: of two documents none may win by place.
 */
export function mergeData(base: JsonObject, path: readonly string[], added: Json, where: string): JsonObject {
  return mergeObjects(
    base,
    path.reduceRight<Json>((inner, segment) => ({ [segment]: inner }), added),
    where,
    [],
  );
}

function mergeObjects(base: JsonObject, added: Json, where: string, path: readonly string[]): JsonObject {
  if (!isJsonObject(added)) throw invalidData(where, `two documents set data.${path.join('.')}`);
  const merged: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(added)) {
    const present = Object.hasOwn(merged, key) ? merged[key] : undefined;
    if (present === undefined) merged[key] = value;
    else if (isJsonObject(present)) merged[key] = mergeObjects(present, value, where, [...path, key]);
    else throw invalidData(where, `two documents set data.${[...path, key].join('.')}`);
  }
  return merged;
}

export function invalidData(where: string, problem: string, cause?: unknown): TollgateError {
  return new TollgateError('policy_invalid', `the policy's data cannot be used: ${problem}`, {
    where,
    next: 'correct the data document; it must be one JSON object, each member set in one place',
    cause,
  });
}
