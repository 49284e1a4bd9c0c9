import { configure } from 'safe-stable-stringify';
import type { Json } from '../domain/json.ts';

// `strict` throws for what is no JSON (NaN, a cycle). Neither form has a maximum depth or breadth: nothing is cut short.
const plain = configure({ bigint: true, deterministic: false, strict: true });
const canonical = configure({ bigint: true, deterministic: true, strict: true });

/** `value` as JSON text like JSON.stringify writes it, members in their order; a bigint as its digits. */
export function jsonText(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    // A bigint, which JSON.stringify refuses: rare enough that looking for one beforehand costs more.
    return must(plain(value));
  }
}

/**
 * `value` in the form of RFC 8785: no white space, members sorted by UTF-16 code units, numbers as ECMAScript writes
 * them. A bigint keeps its digits, where that RFC, which knows doubles only, has nothing to say.
 */
export function canonicalJson(value: Json): string {
  return must(canonical(value));
}

/** A Json always has a text; only undefined, which is none, has not. */
function must(text: string | undefined): string {
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}
