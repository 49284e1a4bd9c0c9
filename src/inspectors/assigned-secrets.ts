import type { Span } from './span.ts';

const NAME = `pass(?:word|wd|phrase)|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?`;
/** `password=`, `"api_key": "`, `\"secret\":\"`: up to where the value begins. */
const ASSIGNED = new RegExp(String.raw`(?:${NAME})s?(?:\\?["'])?\s{0,3}[=:]\s{0,3}`, 'gi');
/** `--password x`. */
const FLAGGED = new RegExp(String.raw`--(?:[a-z]{1,12}-)?(?:${NAME})\s{1,3}(?![-\s])`, 'gi');
const AUTHORIZATION = /authorization(?:\\?["'])?\s{0,3}[=:]\s{0,3}(?:\\?["'])?(?:(?:basic|digest|token)\s{1,3})?/gi;
/** What a member is called whose value is a secret, whatever it looks like. */
const SECRET_MEMBER =
  /(?:pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|(?:auth|access|bearer|refresh|api|secret|session)[_-]?token|^token)$/i;

const MIN_VALUE = 4;
const MAX_MEMBER = 64;
/** A variable, a place to fill in, a literal, or what an earlier masking left: no secret. */
const NO_SECRET = /^(?:\$[A-Za-z_{(]|<|\[[a-z_]{1,24}\]$|(?:null|true|false|none|undefined|string)$|\*+$)/i;

const VALUE_ENDS = new Set(Array.from(' \t\r\n"\'&,;', (character) => character.charCodeAt(0)));

/** True for a member name that says its value is a secret. */
export function isSecretMember(name: string): boolean {
  return name.length <= MAX_MEMBER && SECRET_MEMBER.test(name);
}

/** Adds values that are secret by the name before them, and passwords inside URLs. */
export function findAssignedSecrets(text: string, spans: Span[]): void {
  findNamed(text, ASSIGNED, 'password', spans);
  findNamed(text, AUTHORIZATION, 'authorization', spans);
  if (text.includes('--')) findNamed(text, FLAGGED, 'password', spans);
  findUrlPasswords(text, spans);
}

function findNamed(text: string, name: RegExp, kind: string, spans: Span[]): void {
  name.lastIndex = 0;
  for (let match = name.exec(text); match !== null; match = name.exec(text)) {
    const value = valueAt(text, match.index + match[0].length, kind);
    if (value.end - value.start < MIN_VALUE) continue;
    name.lastIndex = value.end;
    if (!NO_SECRET.test(text.slice(value.start, Math.min(value.end, value.start + MAX_MEMBER)))) spans.push(value);
  }
}

/** The value that begins at `at`: to the closing quote (or the line's end) when it is quoted, else one word. */
function valueAt(text: string, at: number, kind: string): Span {
  const escaped = text.charAt(at) === '\\' ? 1 : 0;
  const quote = text.charAt(at + escaped);
  if (quote === '"' || quote === "'") {
    const start = at + escaped + 1;
    return { kind, start, end: quotedEnd(text, start, quote) };
  }
  let end = at;
  while (end < text.length && !VALUE_ENDS.has(text.charCodeAt(end))) end++;
  return { kind, start: at, end };
}

function quotedEnd(text: string, start: number, quote: string): number {
  let end = start;
  while (end < text.length && text.charAt(end) !== quote && text.charAt(end) !== '\n') end++;
  return end > start && text.charAt(end - 1) === '\\' ? end - 1 : end;
}

const USER_ENDS = new Set(Array.from('/?# \t\r\n"\'<>', (character) => character.charCodeAt(0)));

/** `scheme://user:password@host`. */
function findUrlPasswords(text: string, spans: Span[]): void {
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    let colon = -1;
    for (let i = at + 3; i < text.length && !USER_ENDS.has(text.charCodeAt(i)); i++) {
      const code = text.charCodeAt(i);
      if (code === 58 && colon === -1) colon = i;
      if (code !== 64) continue;
      if (colon !== -1 && i > colon + 1) spans.push({ kind: 'password', start: colon + 1, end: i });
      break;
    }
  }
}
