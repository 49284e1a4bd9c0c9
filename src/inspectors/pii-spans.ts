import { findCards } from './card-numbers.ts';
import { findIbans } from './iban.ts';
import type { Span } from './span.ts';
import type { TextFeatures } from './text-features.ts';

/** US social security numbers, without those that are never given out (area 000, 666, 9xx; group 00; serial 0000). */
const SSN = /(?<![\w.-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-]|\.\d)/g;
/** E.164: a plus and 8 to 15 digits, with what people put between them. */
const INTERNATIONAL_PHONE = /(?<![\w+.])\+[1-9](?:[ .()-]{0,2}\d){7,14}(?!\d)/g;
const US_PHONE = /(?<![\w.+-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-]|\.\d)/g;

/** Adds the PII of a text to `spans`: e-mail addresses, US social security numbers, payment cards, phones, IBANs. */
export function findPii(text: string, features: TextFeatures, spans: Span[]): void {
  if (features.at) findEmails(text, spans);
  if (!features.digits) return;
  findAll(text, SSN, 'ssn', spans);
  findCards(text, spans);
  findAll(text, INTERNATIONAL_PHONE, 'phone', spans);
  findAll(text, US_PHONE, 'phone', spans);
  findIbans(text, spans);
}

function findAll(text: string, form: RegExp, kind: string, spans: Span[]): void {
  for (const match of text.matchAll(form)) {
    spans.push({ kind, start: match.index, end: match.index + match[0].length });
  }
}

/** From each `@` outward, so that no character is looked at more than twice. */
function findEmails(text: string, spans: Span[]): void {
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const start = localStart(text, at);
    const end = domainEnd(text, at + 1);
    if (start === at || end === -1 || isGitUser(text, start, at) || isUrlUser(text, start)) continue;
    spans.push({ kind: 'email', start, end });
  }
}

/** `git@host:path` is an address of a repository. */
function isGitUser(text: string, start: number, at: number): boolean {
  return at - start === 3 && text.startsWith('git', start);
}

const MAX_USER = 80;
const URL_USER = /:\/\/(?:[^\s/@:]*:)?$/;

/** The user part of a URL is an account's name, or a password, which is found as such. */
function isUrlUser(text: string, start: number): boolean {
  return URL_USER.test(text.slice(Math.max(0, start - MAX_USER), start));
}

function localStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && isLocalCode(text.charCodeAt(start - 1))) start--;
  return start;
}

/** Where a domain of two labels or more ends, its last label letters alone; −1 when there is none. */
function domainEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && isDomainCode(text.charCodeAt(end))) end++;
  while (end > start && !isLetterCode(text.charCodeAt(end - 1))) end--;
  let dot = end - 1;
  while (dot > start && text.charAt(dot) !== '.') dot--;
  return dot > start && end - dot > 2 ? end : -1;
}

function isLetterCode(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || code > 127;
}

function isDomainCode(code: number): boolean {
  return isLetterCode(code) || (code >= 48 && code <= 57) || code === 45 || code === 46;
}

/** RFC 5322 atoms without those that text puts around an address. */
function isLocalCode(code: number): boolean {
  return isDomainCode(code) || code === 43 || code === 95 || code === 37 || code === 38 || code === 126;
}
