import { hash } from 'node:crypto';
import { canonicalJson } from '../codec/json-text.ts';
import type { Event } from '../domain/event.ts';
import type { Json } from '../domain/json.ts';
import { quickHash } from './quick-hash.ts';

const CONTENT_DIGITS = 32;
const quote = JSON.stringify as (text: string) => string;

/** What of an event its identity is made of (contract section 1): wire values, absent members left out. */
export interface IdentityParts {
  readonly type: string;
  readonly tool?: string | undefined;
  readonly params: Json;
  readonly result?: Json | undefined;
  readonly material?: Json | undefined;
}

/** The parts of an event as it came. */
function identityParts(event: Event): IdentityParts {
  return {
    type: event.type,
    tool: event.tool,
    params: event.params,
    result: event.result,
    material: event.fields.material,
  };
}

/** The RFC 8785 form of `{material?, params, result?, tool?, type}`. */
export function canonicalForm(parts: IdentityParts): string {
  const form: Record<string, Json> = {};
  if (parts.material !== undefined) form.material = parts.material;
  form.params = parts.params;
  if (parts.result !== undefined) form.result = parts.result;
  if (parts.tool !== undefined) form.tool = parts.tool;
  form.type = parts.type;
  return canonicalJson(form);
}

/** An event's canonical form and what is made of it, computed once an event. */
export interface EventPrint {
  readonly canonical: string;
  /** `input_identity`: `sha256:` of the canonical form. */
  readonly identity: string;
  readonly fingerprint: string;
  /**
   * A quick hash of the event's id. Two ids that collide pass for one: of the same content that is what using one id
   * twice does, of other content it is a conflict, and denied.
   */
  readonly idFingerprint: string;
  /**
   * The content under which a second delivery is known. Of an authority's event its claims and its authority are part:
   * else the fleet, by writing the same under the same id before, could make an authority's word a duplicate.
   */
  readonly recurrenceFingerprint: string;
}

/** One canonicalisation and one hash; of an authority's event one more of each. */
export function printOf(event: Event): EventPrint {
  const canonical = canonicalForm(identityParts(event));
  const identity = sha256(canonical);
  const fingerprint = fingerprintOf(identity);
  return {
    canonical,
    identity,
    fingerprint,
    idFingerprint: quickHash(event.eventId),
    recurrenceFingerprint: event.trusted
      ? fingerprintText(canonicalJson(['trusted', identity, event.claims]))
      : fingerprint,
  };
}

/** `sha256:` and 64 hex digits, of the text's UTF-8. */
export function sha256(text: string): string {
  return `sha256:${hash('sha256', text)}`;
}

/** The first 128 bits of an identity as 32 hex digits (see `Session`). */
function fingerprintOf(identity: string): string {
  return identity.slice(7, 7 + CONTENT_DIGITS);
}

/** The first 128 bits of the text's SHA-256 as 32 hex digits. */
function fingerprintText(text: string): string {
  return hash('sha256', text).slice(0, CONTENT_DIGITS);
}

/** The session's digest after folding one more identity (contract section 3); `previous` is "" for the first. */
export function nextDigest(previous: string, identity: string): string {
  return sha256(previous + identity);
}

/**
 * The same again on replay: 128 bits of the SHA-256 over what makes the decision (contract section 3), as a JSON array.
 * Only the ids are text from outside: identity and revision have nothing in them to escape.
 */
export function decisionId(sessionId: string, eventId: string, identity: string, revision: string): string {
  return fingerprintText(`[${quote(sessionId)},${quote(eventId)},"${identity}","${revision}"]`);
}
