import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { fieldsFit } from './event-rules.ts';
import type { OutsideRecord } from './outside-record.ts';
import { canonicalText, type OutsideJson, readStrictJson } from './strict-json.ts';

/** What an event must obey, and what a session forgets (`limits` of the configuration). */
export interface OutsideLimits {
  readonly maxEventBytes: number;
  readonly maxJsonDepth: number;
  readonly maxJsonValues: number;
  readonly maxClockSkewMs: number;
  readonly sessionIdleMs: number;
  readonly duplicateWindow: number;
}

/** The defaults: of the contract's section 6, and of `schemas/config.schema.json` for what it leaves open. */
export const CONTRACT_LIMITS: OutsideLimits = {
  maxEventBytes: 262_144,
  maxJsonDepth: 64,
  maxJsonValues: 20_000,
  maxClockSkewMs: 300_000,
  sessionIdleMs: 86_400_000,
  duplicateWindow: 32,
};

/** An event as far as the fold depends on it. */
export interface OutsideEvent {
  readonly kind: 'event';
  readonly eventId: string;
  readonly sessionId: string;
  readonly type: string;
  readonly trusted: boolean;
  readonly occurredAtMs: number;
  /** `sha256:` over the RFC 8785 form of `{material?, params, result?, tool?, type}`. */
  readonly identity: string;
  /** SHA-256 in hex of what a second delivery is known by: of an authority's event its claims are part. */
  readonly content: string;
  readonly mode: string | undefined;
  readonly approvalProfile: string | undefined;
}

/** Bytes that are no event; the two ids are there when a deny is owed all the same. */
export interface OutsideRejection {
  readonly kind: 'rejected';
  readonly ids?: { readonly eventId: string; readonly sessionId: string };
}

const FLEET_TYPES = ['tool_call', 'tool_result', 'step', 'session_start', 'session_end'];
const CONTROL_TYPES = [...FLEET_TYPES, 'approval', 'mode_change', 'session_reset'];
const CLAIMS = ['mode', 'approval_profile', 'approvals'];
const LONE_SURROGATE = /\p{Surrogate}/u;
const REJECTED: OutsideRejection = { kind: 'rejected' };

type Members = ReadonlyMap<string, OutsideJson>;

/** Reads a record as the contract's section 1 says, sharing no code with Tollgate. JSON objects only: no CloudEvents, no Avro. */
export function readEvent(
  { value, timestampMs }: OutsideRecord,
  trusted: boolean,
  limits: OutsideLimits,
): OutsideEvent | OutsideRejection {
  if (value === null || value.length === 0 || value.length > limits.maxEventBytes || !isUtf8(value)) return REJECTED;
  const text = value.toString('utf8');
  const reading = readStrictJson(text, limits);
  if (reading === undefined) return rejectedWith(looseMembers(text));
  const event = reading.faults.size === 0 ? eventFrom(reading.value, trusted) : undefined;
  const latestMs = timestampMs < 0 ? Number.POSITIVE_INFINITY : timestampMs + limits.maxClockSkewMs;
  const isAhead = event !== undefined && event.occurredAtMs > latestMs;
  return event === undefined || isAhead ? rejectedWith(reading.members) : event;
}

function eventFrom(value: OutsideJson, trusted: boolean): OutsideEvent | undefined {
  if (!(value instanceof Map)) return undefined;
  const members = value as Members;
  const time = fieldsFit(members, trusted ? CONTROL_TYPES : FLEET_TYPES);
  if (time === undefined) return undefined;
  const identity = `sha256:${sha256(identityForm(members))}`;
  const claims = new Map(CLAIMS.flatMap((name) => (members.has(name) ? [[name, members.get(name) ?? null]] : [])));
  return {
    kind: 'event',
    eventId: copyOf(members.get('event_id') as string),
    sessionId: copyOf(members.get('session_id') as string),
    type: members.get('type') as string,
    trusted,
    occurredAtMs: time,
    identity,
    content: trusted ? sha256(canonicalText(['trusted', identity, claims])) : identity.slice('sha256:'.length),
    mode: members.get('mode') as string | undefined,
    approvalProfile: members.get('approval_profile') as string | undefined,
  };
}

function identityForm(members: Members): string {
  const form = new Map<string, OutsideJson>([
    ['params', members.get('params') ?? (members.has('params') ? null : new Map())],
  ]);
  for (const name of ['material', 'result', 'tool', 'type']) {
    const value = members.get(name);
    if (value !== undefined) form.set(name, value);
  }
  return canonicalText(form);
}

/** A deny is owed when each id is there, valid, and says one thing only. */
function rejectedWith(members: readonly (readonly [string, OutsideJson])[]): OutsideRejection {
  const eventId = single(members, 'event_id', 128);
  const sessionId = single(members, 'session_id', 256);
  return eventId === undefined || sessionId === undefined
    ? REJECTED
    : { kind: 'rejected', ids: { eventId: copyOf(eventId), sessionId: copyOf(sessionId) } };
}

/** What the engine cuts out of a text holds on to all of it; events are kept, their texts are not. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

function single(members: readonly (readonly [string, OutsideJson])[], name: string, most: number): string | undefined {
  const values = new Set(members.filter(([member]) => member === name).map(([, value]) => value));
  const [value] = values;
  const isText = typeof value === 'string' && values.size === 1 && value.length > 0 && !LONE_SURROGATE.test(value);
  return isText && [...value].length <= most ? value : undefined;
}

/** Members of a document that is deeper than our own parser goes. */
function looseMembers(text: string): readonly (readonly [string, OutsideJson])[] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  } catch {
    return [];
  }
}

function sha256(text: string): string {
  return hash('sha256', text);
}
