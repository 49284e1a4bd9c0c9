import { findAssignedSecrets } from './assigned-secrets.ts';
import type { Span } from './span.ts';
import type { TextFeatures } from './text-features.ts';

/** A kind of key that is told by how it begins. */
interface KeyForm {
  readonly kind: string;
  readonly prefix: string;
  /** Characters after the prefix, at least. */
  readonly minimum: number;
}

const KEY_FORMS: readonly KeyForm[] = [
  ...forms('aws_access_key', 16, 'AKIA', 'ASIA', 'ABIA', 'ACCA'),
  ...forms('github_token', 20, 'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'),
  ...forms('gitlab_token', 20, 'glpat-'),
  ...forms('slack_token', 10, 'xoxb-', 'xoxa-', 'xoxp-', 'xoxr-', 'xoxs-', 'xoxe-', 'xoxo-', 'xapp-'),
  ...forms('stripe_key', 10, 'sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'pk_live_', 'whsec_'),
  ...forms('api_key', 20, 'sk-'),
  ...forms('google_key', 30, 'AIza', 'GOCSPX-'),
  ...forms('google_key', 20, 'ya29.'),
  ...forms('npm_token', 30, 'npm_'),
];

function forms(kind: string, minimum: number, ...prefixes: readonly string[]): KeyForm[] {
  return prefixes.map((prefix) => ({ kind, prefix, minimum }));
}

const PEM_BEGIN = '-----BEGIN ';
const PEM_END = '-----END ';
/** The label of a PEM block (RFC 7468) is looked for in so many characters. */
const PEM_LABEL = 64;

/** One pass that tells most texts from those that may hold a key, a JWT or a bearer token. */
const KEY_MARK =
  /A(?:KIA|SIA|BIA|CCA|Iza)|gh[a-z]_|github_pat_|glpat-|xox[a-z]-|xapp-|[srp]k_|whsec_|sk-|GOCSPX-|ya29\.|npm_|eyJ|bearer/i;

/** Adds the secrets of a text to `spans`: keys by their form, PEM private keys, JWTs, and values by the name they have. */
export function findSecrets(text: string, features: TextFeatures, spans: Span[]): void {
  if (features.token && KEY_MARK.test(text)) {
    for (const form of KEY_FORMS) findKeys(text, form, spans);
    findJwts(text, spans);
    findBearerTokens(text, spans);
  }
  if (features.token || features.assignment) findPrivateKeys(text, spans);
  if (features.assignment) findAssignedSecrets(text, spans);
}

function findKeys(text: string, { kind, prefix, minimum }: KeyForm, spans: Span[]): void {
  let from = 0;
  for (let start = text.indexOf(prefix); start !== -1; start = text.indexOf(prefix, from)) {
    from = tokenEnd(text, start + prefix.length);
    if (from - start - prefix.length >= minimum && !isTokenAt(text, start - 1)) spans.push({ kind, start, end: from });
  }
}

/** Three parts of base64url, the first two JSON objects (RFC 7519). */
function findJwts(text: string, spans: Span[]): void {
  let from = 0;
  for (let start = text.indexOf('eyJ'); start !== -1; start = text.indexOf('eyJ', from)) {
    from = tokenEnd(text, start);
    if (!text.startsWith('.eyJ', from)) continue;
    from = tokenEnd(text, from + 1);
    if (text.charAt(from) !== '.') continue;
    from = tokenEnd(text, from + 1);
    spans.push({ kind: 'jwt', start, end: from });
  }
}

const BEARER = /\bbearer[ \t]{1,4}/gi;

function findBearerTokens(text: string, spans: Span[]): void {
  for (const match of text.matchAll(BEARER)) {
    const start = match.index + match[0].length;
    let end = start;
    while (end < text.length && isBearerCode(text.charCodeAt(end))) end++;
    if (end - start >= 12) spans.push({ kind: 'bearer_token', start, end });
  }
}

/** A private key goes with all that follows, up to the end of its block, or of the text when it is cut off. */
function findPrivateKeys(text: string, spans: Span[]): void {
  let from = 0;
  for (let start = text.indexOf(PEM_BEGIN); start !== -1; start = text.indexOf(PEM_BEGIN, from)) {
    from = start + PEM_BEGIN.length;
    if (!text.slice(from, from + PEM_LABEL).includes('PRIVATE KEY')) continue;
    const close = text.indexOf(PEM_END, from);
    const tail = close === -1 ? -1 : text.indexOf('-----', close + PEM_END.length);
    from = tail === -1 ? text.length : tail + 5;
    spans.push({ kind: 'private_key', start, end: from });
  }
}

function tokenEnd(text: string, start: number): number {
  let end = start;
  while (isTokenAt(text, end)) end++;
  return end;
}

function isTokenAt(text: string, at: number): boolean {
  return isTokenCode(text.charCodeAt(at));
}

/** base64url. */
function isTokenCode(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95;
}

/** RFC 6750 section 2.1: base64url and `. ~ + / =`. */
function isBearerCode(code: number): boolean {
  return isTokenCode(code) || code === 46 || code === 126 || code === 43 || code === 47 || code === 61;
}
