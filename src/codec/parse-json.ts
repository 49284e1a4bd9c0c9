import { isAscii, isUtf8 } from 'node:buffer';
import { parse as parseLossless } from 'lossless-json';
import type { Json } from '../domain/json.ts';
import { FORBIDDEN_KEY, findKeyFault, findLoneSurrogate } from './json-faults.ts';
import { faultAt, isUnsafeInteger, type JsonLimits, scanJson } from './json-scan.ts';
import { skipWhitespace } from './json-syntax.ts';
import { RejectedInput } from './rejected-input.ts';

/**
 * Strict JSON (RFC 8259 within the bounds of I-JSON, RFC 7493) from bytes: UTF-8 without a byte order mark, one value,
 * no duplicate or `__proto__` member, no lone surrogate, no number beyond a double's range. An integer beyond
 * ±(2^53 − 1) comes back as a bigint with its digits. Throws RejectedInput, and for no bytes anything else.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): Json {
  const text = decodeText(bytes, limits.maxBytes);
  const scan = scanJson(text, limits);
  refuseLoneSurrogates(text);
  refuseTrailingBytes(text, scan.end);
  const value = parseText(text);
  refuseKeyFaults(value, scan.keys, text);
  return scan.longIntegers ? withLongIntegers(text) : value;
}

/** The bytes as text. Throws RejectedInput (`empty`, `too_large`, `byte_order_mark`, `invalid_utf8`). */
function decodeText(bytes: Uint8Array, maxBytes: number): string {
  if (bytes.length === 0) throw new RejectedInput('empty', 'no bytes');
  if (bytes.length > maxBytes) throw new RejectedInput('too_large', `${bytes.length} bytes, at most ${maxBytes}`);
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Nearly all events are ASCII, and Latin-1 is the faster way to decode it.
  if (isAscii(buffer)) return buffer.toString('latin1');
  if (buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) {
    throw new RejectedInput('byte_order_mark', 'starts with a byte order mark');
  }
  if (!isUtf8(buffer)) throw new RejectedInput('invalid_utf8', 'not valid UTF-8');
  return buffer.toString('utf8');
}

function refuseLoneSurrogates(text: string): void {
  if (!text.includes('\\u')) return;
  const at = findLoneSurrogate(text);
  if (at >= 0) throw faultAt('lone_surrogate', 'half a surrogate pair', text, at);
}

function refuseTrailingBytes(text: string, end: number): void {
  const at = skipWhitespace(text, end);
  if (at >= text.length) return;
  // Only what follows a whole document is trailing; after a broken one the code is `invalid_json`.
  parseText(text.slice(0, end));
  throw faultAt('trailing_bytes', 'bytes after the document', text, at);
}

function parseText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // The engine's message quotes the payload, so that it must not go on.
    throw new RejectedInput('invalid_json', 'not valid JSON');
  }
}

/** Duplicates leave fewer members in the parsed value than names in the text. */
function refuseKeyFaults(value: Json, keys: number, text: string): void {
  if (typeof value !== 'object' || value === null || countKeys(value) === keys) return;
  const fault = findKeyFault(text);
  if (fault === undefined) throw new Error('member names were counted wrong');
  const what = fault.code === 'forbidden_key' ? 'a member named __proto__' : 'a member name used twice';
  throw faultAt(fault.code, what, text, fault.at);
}

/** Members of all objects in `value`; NaN, which equals no count, when one of them is forbidden. */
function countKeys(value: object): number {
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      if (typeof item === 'object' && item !== null) count += countKeys(item);
    }
    return count;
  }
  for (const key in value) {
    if (key === FORBIDDEN_KEY) return Number.NaN;
    count++;
    const member = (value as { readonly [key: string]: Json })[key];
    if (typeof member === 'object' && member !== null) count += countKeys(member);
  }
  return count;
}

/** Parses again, keeping the digits of long integers: the text is known to be valid, free of duplicates and shallow. */
function withLongIntegers(text: string): Json {
  return parseLossless(text, undefined, parseNumber) as Json;
}

function parseNumber(token: string): number | bigint {
  const value = Number(token);
  return isUnsafeInteger(token, value) ? BigInt(token) : value;
}
