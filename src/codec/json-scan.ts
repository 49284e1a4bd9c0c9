import { COLON, COMMA, isClosing, isOpening, QUOTE, SPACE, stringEnd } from './json-syntax.ts';
import { RejectedInput } from './rejected-input.ts';

/** What a document may be before anything is parsed. */
export interface JsonLimits {
  readonly maxBytes: number;
  /** Arrays and objects around one another; the document `[]` has depth 1. */
  readonly maxDepth: number;
  /** Scalars, arrays and objects, the outermost one included; member names are not counted. */
  readonly maxValues: number;
}

/** What one pass over the text tells about a document. Exact when the document turns out to be valid JSON. */
export interface JsonScan {
  /** Member names in all objects, duplicates included. */
  readonly keys: number;
  /** Some integer is beyond ±(2^53 − 1). */
  readonly longIntegers: boolean;
  /** The position after the outermost value. */
  readonly end: number;
}

/** With fewer digits, and no exponent, an integer is safe and a fraction within a double's range. */
const SUSPICIOUS_LENGTH = 16;

const NONZERO_MANTISSA = /^-?[0.]*[1-9]/;
const INTEGER = /^-?[0-9]+$/;

/**
 * One pass over the text of a document that may be anything: depth, values and number tokens against their limits.
 * Throws RejectedInput (`too_deep`, `too_many_values`, `number_out_of_range`); leaves the grammar to the parser.
 */
export function scanJson(text: string, limits: JsonLimits): JsonScan {
  let depth = 0;
  let keys = 0;
  let values = 0;
  let longIntegers = false;
  let at = 0;
  // The first value that ends at depth 0 is the document; what follows it is the caller's question.
  while (at < text.length && (depth > 0 || values === 0)) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      values++;
      at = stringEnd(text, at + 1);
    } else if (code <= COMMA) {
      // White space too; the other characters below the comma are in no valid document.
      at++;
    } else if (code === COLON) {
      keys++;
      at++;
    } else if (isOpening(code)) {
      values++;
      if (++depth > limits.maxDepth) throw faultAt('too_deep', `more than ${limits.maxDepth} levels`, text, at);
      at++;
    } else if (isClosing(code)) {
      depth--;
      at++;
    } else {
      values++;
      const end = scalarEnd(text, at);
      if (isLongInteger(text, at, end)) longIntegers = true;
      at = end;
    }
  }
  // Each member name was counted as a string.
  refuseTooMany(values - keys, limits.maxValues);
  return { keys, longIntegers, end: at };
}

function refuseTooMany(values: number, maxValues: number): void {
  if (values > maxValues) throw new RejectedInput('too_many_values', `more than ${maxValues} values`);
}

/** A rejection that names the byte, not the character, at which it lies. */
export function faultAt(code: RejectedInput['code'], what: string, text: string, at: number): RejectedInput {
  return new RejectedInput(code, `${what} at byte ${Buffer.byteLength(text.slice(0, at))}`);
}

/** The position after a number or a literal: the next character that can end one. */
function scalarEnd(text: string, at: number): number {
  let next = at + 1;
  while (next < text.length) {
    const code = text.charCodeAt(next);
    if (code <= SPACE || code === COMMA || isClosing(code)) return next;
    next++;
  }
  return next;
}

/** True when a token starts like a number and is long, or has an exponent: it may be beyond what a double holds. */
function isSuspicious(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  if (first > 0x39 || first < 0x2d) return false;
  if (end - start >= SUSPICIOUS_LENGTH) return true;
  for (let at = start + 1; at < end; at++) {
    if ((text.charCodeAt(at) | 0x20) === 0x65) return true;
  }
  return false;
}

/** Whether a number token is an integer that a double may not hold exactly. Throws `number_out_of_range`. */
function isLongInteger(text: string, start: number, end: number): boolean {
  if (!isSuspicious(text, start, end)) return false;
  const token = text.slice(start, end);
  const value = Number(token);
  // What is no number at all is the parser's to refuse.
  if (Number.isNaN(value)) return false;
  const underflow = value === 0 && NONZERO_MANTISSA.test(token);
  if (underflow || !Number.isFinite(value)) {
    throw faultAt('number_out_of_range', "a number beyond a double's range", text, start);
  }
  return isUnsafeInteger(token, value);
}

/** True for an integer, written without fraction or exponent, whose digits a double may not hold. */
export function isUnsafeInteger(token: string, value: number): boolean {
  return !Number.isSafeInteger(value) && INTEGER.test(token);
}
