import { hostName } from './host-name.ts';
import { type HostSink, readAuthority, UNREADABLE_HOST } from './read-authority.ts';

/** Takes hosts, and the URLs they stand in when it asks for them. */
export interface UrlSink extends HostSink {
  /** A URL begins at `start`; `urlAt` cuts it out. */
  url?(text: string, start: number): void;
}

/** Schemes for which WHATWG parsing takes any number of slashes, of either kind, before the authority. */
const SPECIAL = new Set(['http', 'https', 'ws', 'wss', 'ftp']);
const BREAKS = /[\t\n\r]/g;
const WHITE_SPACE = /\s/;
const MAX_SCHEME = 32;
const MAX_URL = 2048;
const URL_ENDS = new Set(Array.from('"\'`<>|;\\', (character) => character.charCodeAt(0)));
const SLASH = 47;
const BACKSLASH = 92;

/**
 * Gives the sink the host of every URL in a text, whatever scheme stands before `://`, in either case; for the special schemes also
 * `:/` and backslashes (where clients differ on what a backslash is). A URL inside a URL counts. Linear in the text.
 */
export function findUrls(text: string, sink: UrlSink): void {
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    if (!isSlash(text.charCodeAt(colon + 1))) continue;
    const schemeStart = schemeStartBefore(text, colon);
    const authority = authorityStart(text, schemeStart, colon);
    if (authority === -1) continue;
    sink.url?.(text, schemeStart);
    readAuthority(text, authority, sink);
    if (text.startsWith('//\\', colon + 1)) sink.host(UNREADABLE_HOST);
  }
}

function isSlash(code: number): boolean {
  return code === SLASH || code === BACKSLASH;
}

function schemeStartBefore(text: string, colon: number): number {
  const limit = Math.max(0, colon - MAX_SCHEME);
  let start = colon;
  while (start > limit && isSchemeCode(text.charCodeAt(start - 1))) start--;
  return start;
}

function isSchemeCode(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46;
}

/** Where the authority of the URL begins whose scheme ends at `colon`; −1 when there is none. */
function authorityStart(text: string, schemeStart: number, colon: number): number {
  if (SPECIAL.has(text.slice(schemeStart, colon).toLowerCase())) return skipSlashes(text, colon + 1);
  return text.startsWith('//', colon + 1) ? colon + 3 : -1;
}

function skipSlashes(text: string, from: number): number {
  let at = from;
  while (isSlash(text.charCodeAt(at))) at++;
  return at;
}

/** The URL that begins at `start`, cut at `MAX_URL`: it ends where prose or a shell goes on. */
export function urlAt(text: string, start: number): string {
  const limit = Math.min(text.length, start + MAX_URL);
  let end = start;
  for (; end < limit; end++) {
    const code = text.charCodeAt(end);
    if (code <= 32 || URL_ENDS.has(code)) break;
  }
  return text.slice(start, end);
}

/**
 * Gives the sink the host of a text that is a URL as a whole but is not written with `://`: `//host`, `host/path`,
 * `https:host`, a scheme broken by a line feed. With `bareName`, a text of one label is a host too.
 */
export function readWholeUrl(text: string, bareName: boolean, sink: UrlSink): void {
  const value = text.trim();
  if (value === '' || value.includes('://')) return;
  if (isSlash(value.charCodeAt(0))) {
    if (isSlash(value.charCodeAt(1))) readAuthority(value, skipSlashes(value, 0), sink);
  } else if (hasSpecialScheme(value)) readOddUrl(value, sink);
  else if (bareName ? isOneWord(value) : isHostShaped(value)) readAuthority(value, 0, sink);
}

/** A scheme of `SPECIAL` before the first colon, tabs and line feeds inside it ignored as WHATWG does. */
function hasSpecialScheme(value: string): boolean {
  const head = value.slice(0, MAX_SCHEME).replace(BREAKS, '');
  const colon = head.indexOf(':');
  return colon > 0 && SPECIAL.has(head.slice(0, colon).toLowerCase());
}

function readOddUrl(value: string, sink: UrlSink): void {
  if (!URL.canParse(value)) return;
  const url = new URL(value);
  sink.url?.(url.href, 0);
  sink.host({ name: hostName(url.hostname), written: url.hostname, ambiguous: true });
}

function isOneWord(value: string): boolean {
  return value.length <= MAX_URL && !WHITE_SPACE.test(value);
}

const DOTTED_QUAD = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const BRACKETED = /^\[[\da-f:.]+\]$/i;
const NAME = /^[\w.-]+$/;
const AUTHORITY_END = /[/\\?#]/;
const DIGIT = /\d/;
const PORT = /:\d{1,5}$/;
const MAX_SHAPED = 512;

/**
 * True for a word that a client without a scheme would take for a host: `name.tld`, an address, `localhost`, `x:443`,
 * each with a user, a port and a path or without.
 */
export function isHostShaped(word: string): boolean {
  const cut = word.search(AUTHORITY_END);
  const authority = cut === -1 ? word : word.slice(0, cut);
  if (authority.length > MAX_SHAPED || WHITE_SPACE.test(authority)) return false;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const port = PORT.exec(host);
  const bare = port === null ? host : host.slice(0, port.index);
  if (port !== null && NAME.test(bare)) return true;
  return isDotted(bare) || DOTTED_QUAD.test(bare) || bare.toLowerCase() === 'localhost' || BRACKETED.test(bare);
}

/** A name of two labels or more; the last one has two characters or more and no digit first (RFC 3696 section 2). */
function isDotted(bare: string): boolean {
  const name = bare.endsWith('.') ? bare.slice(0, -1) : bare;
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot > 2 && !DIGIT.test(name.charAt(dot + 1)) && !name.includes(':');
}
