import type { Span } from './span.ts';

/** ISO/IEC 7812: a payment card's number has 13 to 19 digits. */
const MIN_DIGITS = 13;
const MAX_DIGITS = 19;

/**
 * Adds payment card numbers: 13 to 19 digits, together or in groups with one blank or hyphen between, that begin as card
 * numbers do and pass the Luhn check. From each group at most MAX_DIGITS digits are read.
 */
export function findCards(text: string, spans: Span[]): void {
  let at = 0;
  while (at < text.length) {
    if (!isDigit(text, at)) at++;
    else {
      const end = isInsideWord(text, at) ? -1 : cardEnd(text, at);
      if (end !== -1) spans.push({ kind: 'credit_card', start: at, end });
      at = end === -1 ? groupEnd(text, at) : end;
    }
  }
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  const lower = code | 32;
  return isDigit(text, at) || (lower >= 97 && lower <= 122) || code === 95;
}

/** True in the middle of an identifier, and behind the point of a decimal number. */
function isInsideWord(text: string, at: number): boolean {
  return isWordAt(text, at - 1) || (text.charAt(at - 1) === '.' && isDigit(text, at - 2));
}

function groupEnd(text: string, start: number): number {
  let end = start;
  while (isDigit(text, end)) end++;
  return end;
}

/** Where the longest card number that begins at `start` ends; −1 when none does. */
function cardEnd(text: string, start: number): number {
  let digits = '';
  let found = -1;
  for (let at = start; digits.length < MAX_DIGITS && isDigit(text, at); at++) {
    digits += text.charAt(at);
    if (isDigit(text, at + 1)) continue;
    if (!isWordAt(text, at + 1) && isCardNumber(digits)) found = at + 1;
    if (isSeparator(text, at + 1)) at++;
  }
  return found;
}

function isSeparator(text: string, at: number): boolean {
  const character = text.charAt(at);
  return (character === ' ' || character === '-') && isDigit(text, at + 1);
}

/** First digits of the networks' ranges: 3, 4, 5, 6, and 22 to 27. */
function isCardNumber(digits: string): boolean {
  if (digits.length < MIN_DIGITS) return false;
  const first = digits.charCodeAt(0) - 48;
  const second = digits.charCodeAt(1) - 48;
  if (first === 2 ? second < 2 || second > 7 : first < 3 || first > 6) return false;
  return passesLuhn(digits);
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const weighted = i % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
