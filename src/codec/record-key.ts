import { isUtf8 } from 'node:buffer';
import { BACKSLASH, COLON, COMMA, isClosing, isOpening, isWhitespace, OPEN_BRACE, QUOTE } from './json-syntax.ts';

/** In a pattern with `u` this class matches lone surrogates only. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The string under the top-level member `field` (an ASCII name) of a JSON object, found without parsing the document:
 * the first one, when there are two. Undefined when it is absent, no string, or not well formed. Members before it are
 * skipped, not checked, and what follows it is not looked at.
 */
export function topLevelString(bytes: Uint8Array, field: string): string | undefined {
  let at = spaceEnd(bytes, 0);
  if (bytes[at] !== OPEN_BRACE) return undefined;
  do {
    const nameStart = spaceEnd(bytes, at + 1);
    if (bytes[nameStart] !== QUOTE) return undefined;
    const nameEnd = quotedEnd(bytes, nameStart);
    const colon = spaceEnd(bytes, nameEnd);
    if (bytes[colon] !== COLON) return undefined;
    const start = spaceEnd(bytes, colon + 1);
    const end = valueEnd(bytes, start);
    if (isNamed(bytes, nameStart, nameEnd, field)) return stringAt(bytes, start, end);
    at = spaceEnd(bytes, end);
  } while (bytes[at] === COMMA);
  return undefined;
}

function spaceEnd(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < bytes.length && isWhitespace(bytes[next] as number)) next++;
  return next;
}

/** The position after the closing quote of the string that opens at `at`; past the end when it stays open. */
function quotedEnd(bytes: Uint8Array, at: number): number {
  let next = at + 1;
  while (next < bytes.length) {
    const byte = bytes[next] as number;
    if (byte === QUOTE) return next + 1;
    next += byte === BACKSLASH ? 2 : 1;
  }
  return bytes.length + 1;
}

/** The position after the value at `at`. Brackets are only counted: whoever needs more than a key parses. */
function valueEnd(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first === QUOTE) return quotedEnd(bytes, at);
  return isOpening(first) ? containerEnd(bytes, at) : scalarEnd(bytes, at);
}

function containerEnd(bytes: Uint8Array, at: number): number {
  let depth = 0;
  let next = at;
  while (next < bytes.length) {
    const byte = bytes[next] as number;
    if (byte === QUOTE) {
      next = quotedEnd(bytes, next);
      continue;
    }
    next++;
    if (isOpening(byte)) depth++;
    else if (isClosing(byte) && --depth === 0) return next;
  }
  return next;
}

function scalarEnd(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < bytes.length) {
    const byte = bytes[next] as number;
    if (byte === COMMA || isClosing(byte) || isWhitespace(byte)) return next;
    next++;
  }
  return next;
}

function isNamed(bytes: Uint8Array, start: number, end: number, field: string): boolean {
  if (end - start - 2 === field.length) {
    let same = 0;
    while (same < field.length && bytes[start + 1 + same] === field.charCodeAt(same)) same++;
    return same === field.length;
  }
  // An escape spells the same name in more bytes.
  return bytes.subarray(start, end).includes(BACKSLASH) && stringAt(bytes, start, end) === field;
}

/** The string literal at `start..end`, quotes included; undefined when it is none, or not well formed. */
function stringAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (bytes[start] !== QUOTE || end > bytes.length) return undefined;
  const literal = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  if (!isUtf8(literal)) return undefined;
  try {
    const text = JSON.parse(literal.toString('utf8')) as string;
    return LONE_SURROGATE.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
