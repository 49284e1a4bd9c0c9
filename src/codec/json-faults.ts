/**
 * The slow side of `parseJson`: finds where a fault lies once the fast side knows, or suspects, that there is one.
 * Positions and codes only: nothing here repeats the payload.
 */
import type { RejectionCode } from '../domain/errors.ts';
import { COLON, isClosing, isOpening, QUOTE, skipWhitespace, stringEnd } from './json-syntax.ts';

/** The one member name that assignment turns into a change of prototype. */
export const FORBIDDEN_KEY = '__proto__';

const UNICODE_ESCAPE = /^\\u[0-9a-fA-F]{4}$/;

interface KeyFault {
  readonly code: Extract<RejectionCode, 'duplicate_key' | 'forbidden_key'>;
  /** Where the member name starts. */
  readonly at: number;
}

/** The first member name of a valid JSON document that is forbidden or stands twice in its object. */
export function findKeyFault(text: string): KeyFault | undefined {
  // One entry an open container: the names seen in it, none for an array.
  const open: Set<string>[] = [];
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = stringEnd(text, at + 1);
      const fault = isName(text, end) ? nameFault(open.at(-1), JSON.parse(text.slice(at, end)) as string) : undefined;
      if (fault !== undefined) return { code: fault, at };
      at = end;
      continue;
    }
    if (isOpening(code)) open.push(new Set());
    else if (isClosing(code)) open.pop();
    at++;
  }
  return undefined;
}

/** Only a member name has a colon after it. */
function isName(text: string, end: number): boolean {
  return text.charCodeAt(skipWhitespace(text, end)) === COLON;
}

function nameFault(names: Set<string> | undefined, name: string): KeyFault['code'] | undefined {
  if (name === FORBIDDEN_KEY) return 'forbidden_key';
  if (names?.has(name)) return 'duplicate_key';
  names?.add(name);
  return undefined;
}

/**
 * Position of the first `\u` escape that spells half a surrogate pair, or −1. The text was decoded from UTF-8, so that
 * only escapes can spell one.
 */
export function findLoneSurrogate(text: string): number {
  let at = text.indexOf('\\');
  while (at >= 0) {
    const unit = escapedUnit(text, at);
    const isHigh = unit >= 0xd800 && unit <= 0xdbff;
    if (isHigh && !isLow(escapedUnit(text, at + 6))) return at;
    if (isLow(unit)) return at;
    // The second half of a pair is passed with the first; of any other escape only its letter must be.
    at = text.indexOf('\\', at + (isHigh ? 12 : 2));
  }
  return -1;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** The code unit that the six characters at `at` spell as `\uXXXX`, or −1. */
function escapedUnit(text: string, at: number): number {
  const spelled = text.slice(at, at + 6);
  return UNICODE_ESCAPE.test(spelled) ? Number.parseInt(spelled.slice(2), 16) : -1;
}
