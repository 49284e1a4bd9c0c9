import { hostName, UNREADABLE } from './host-name.ts';

/** One host as it stands in a text. */
export interface HostReading {
  /** The host that a WHATWG parser goes to, normalised; `UNREADABLE` when there is none. */
  readonly name: string;
  /** The same characters as written, at most `MAX_AUTHORITY` long. */
  readonly written: string;
  /** True when readers of URLs disagree on where the host begins or ends: it may be another one. */
  readonly ambiguous: boolean;
}

/** Takes hosts in the order in which they stand. */
export interface HostSink {
  host(reading: HostReading): void;
}

/** A host that must be there, in a form that cannot be read before it runs. */
export const UNREADABLE_HOST: HostReading = { name: UNREADABLE, written: '', ambiguous: true };

/** Characters looked at for one authority: keeps a text of nothing but authorities linear. What is longer is ambiguous. */
const MAX_AUTHORITY = 256;

// Code classes: ENDS closes an authority for every reader, CUTS closes a host where a shell or prose goes on.
const ENDS = codes('/\\?#"\'`<>');
const CUTS = codes('|;&,()]}^*!=+:');
const PLAIN_READER_ENDS = codes('/: "\')');

function codes(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)));
}

interface Authority {
  readonly end: number;
  readonly hostStart: number;
  /** Place of the first character of the user part that no user name has unescaped, or −1. */
  readonly oddAt: number;
}

/**
 * Gives the sink what lies at `start` of the text, where an authority (`user@host:port`) must begin: nothing when it is
 * empty. A user part that a shell would end gives a second host. Looks at `MAX_AUTHORITY` characters at most.
 */
export function readAuthority(text: string, start: number, sink: HostSink): void {
  const authority = findAuthority(text, start);
  if (authority.end === start) {
    if (plainReaderSeesHost(text, start)) sink.host(UNREADABLE_HOST);
    return;
  }
  if (authority.oddAt > start) sink.host(readHost(text, start, authority.oddAt, true));
  const { hostStart, end } = authority;
  const hostEnd = findHostEnd(text, hostStart, end);
  const plainStart = plainHostStart(text, start);
  const agreed =
    authority.oddAt === -1 && plainStart === hostStart && plainReaderEndsAt(text, hostStart, hostEnd, start);
  sink.host(readHost(text, hostStart, hostEnd, !agreed));
  if (plainStart !== hostStart) readOtherHost(text, plainStart, start, sink);
}

/** The host of a reader that looks for the user part elsewhere. */
function readOtherHost(text: string, plainStart: number, start: number, sink: HostSink): void {
  if (plainStart === -1) {
    sink.host(UNREADABLE_HOST);
    return;
  }
  const end = findHostEnd(text, plainStart, authorityEnd(text, plainStart, start + MAX_AUTHORITY));
  sink.host(readHost(text, plainStart, end, true));
}

function readHost(text: string, start: number, end: number, ambiguous: boolean): HostReading {
  const written = text.slice(start, end);
  return { name: hostName(written), written, ambiguous };
}

/** The authority as WHATWG reads it: up to a slash of either kind, `?` or `#`; the host follows the last `@`. */
function findAuthority(text: string, start: number): Authority {
  const limit = Math.min(text.length, start + MAX_AUTHORITY);
  let end = start;
  let hostStart = start;
  let firstCut = -1;
  let oddAt = -1;
  for (; end < limit; end++) {
    const code = text.charCodeAt(end);
    if (code <= 32 || ENDS.has(code)) break;
    if (code === 64) {
      hostStart = end + 1;
      oddAt = firstCut;
    } else if (firstCut === -1 && code !== 58 && CUTS.has(code)) firstCut = end;
  }
  return { end, hostStart, oddAt };
}

function authorityEnd(text: string, start: number, limit: number): number {
  let end = start;
  while (end < limit && end < text.length && text.charCodeAt(end) > 32 && !ENDS.has(text.charCodeAt(end))) end++;
  return end;
}

function findHostEnd(text: string, hostStart: number, end: number): number {
  let at = hostStart;
  if (text.charCodeAt(at) === 91) {
    while (at < end && text.charCodeAt(at) !== 93) at++;
    return Math.min(at + 1, end);
  }
  while (at < end && !CUTS.has(text.charCodeAt(at))) at++;
  return at;
}

/**
 * Where the host begins for a reader that knows only `@ / : space " ' )`: the one of car-policy 0.13 (section 4.2), like
 * many clients' own. What it and WHATWG read differently is never taken for the better of both. −1: not in sight.
 */
function plainHostStart(text: string, start: number): number {
  const limit = Math.min(text.length, start + MAX_AUTHORITY);
  for (let at = start; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (code === 47 || code === 32) return start;
    if (code === 64) return at + 1;
  }
  return limit === text.length ? start : -1;
}

/** True when that reader takes for a host what WHATWG does not: a backslash, a line feed, `<`. */
function plainReaderSeesHost(text: string, start: number): boolean {
  const host = plainHostStart(text, start);
  return host === -1 || (host < text.length && !PLAIN_READER_ENDS.has(text.charCodeAt(host)));
}

/** True when that reader ends the host at `hostEnd` too. */
function plainReaderEndsAt(text: string, hostStart: number, hostEnd: number, start: number): boolean {
  const limit = Math.min(text.length, start + MAX_AUTHORITY);
  if (hostEnd >= limit) return hostEnd === text.length;
  if (text.charCodeAt(hostStart) === 91) return PLAIN_READER_ENDS.has(text.charCodeAt(hostEnd));
  let at = hostStart;
  while (at < limit && !PLAIN_READER_ENDS.has(text.charCodeAt(at))) at++;
  return at === hostEnd;
}
