import { type JsonSchema, typesOf } from './json-schema.ts';

/** A value that was written as text (environment, `${VAR}`), read as the type its schema asks for. */
export type TextValue = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'not_json' };

const NUMBER = /^-?\d+(\.\d+)?$/;

/**
 * Reads `text` for `schema`: `true`/`false`, numbers, lists by comma, objects and lists of objects as JSON text. What
 * does not fit stays text, so that validation names the value.
 */
export function readTextValue(text: string, schema: JsonSchema | undefined): TextValue {
  const types = schema === undefined ? [] : typesOf(schema);
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return asValue(text === 'true');
  if ((types.includes('integer') || types.includes('number')) && NUMBER.test(text)) return asValue(Number(text));
  if (types.includes('array')) return readList(text, schema?.items);
  if (types.includes('object') && text.trimStart().startsWith('{')) return readJson(text);
  return asValue(text);
}

function readList(text: string, items: JsonSchema | undefined): TextValue {
  const ofObjects = items !== undefined && typesOf(items).includes('object');
  if (ofObjects || text.trimStart().startsWith('[')) return readJson(text);
  const entries = text.split(',').map((entry) => entry.trim());
  return asValue(entries.filter((entry) => entry !== ''));
}

function readJson(text: string): TextValue {
  try {
    return asValue(JSON.parse(text) as unknown);
  } catch {
    return { kind: 'not_json' };
  }
}

function asValue(value: unknown): TextValue {
  return { kind: 'value', value };
}
