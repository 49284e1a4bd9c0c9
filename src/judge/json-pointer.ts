import { isJsonObject, type Json } from '../domain/json.ts';

const BAD_ESCAPE = /~(?![01])/;
const ARRAY_INDEX = /^(?:0|[1-9]\d{0,9})$/;

/** The unescaped reference tokens of an RFC 6901 pointer; none for the empty pointer, undefined for what is no pointer. */
export function parsePointer(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || BAD_ESCAPE.test(pointer)) return undefined;
  const tokens = pointer.slice(1).split('/');
  return pointer.includes('~') ? tokens.map(unescapeToken) : tokens;
}

/** RFC 6901 section 4: `~1` first, so that `~01` becomes `~1` and not `/`. */
function unescapeToken(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The member or item that a token names; undefined when there is none. Own members only: never the prototype's. */
export function memberAt(value: Json, token: string): Json | undefined {
  if (isJsonObject(value)) return Object.hasOwn(value, token) ? value[token] : undefined;
  if (!isJsonArray(value) || !ARRAY_INDEX.test(token)) return undefined;
  return value[Number(token)];
}

/** `Array.isArray` that narrows read-only JSON in both branches. */
export function isJsonArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
