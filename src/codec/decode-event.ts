import type { RejectionCode } from '../domain/errors.ts';
import {
  CONTROL_EVENT_TYPES,
  type Event,
  type EventType,
  FLEET_EVENT_TYPES,
  PHASES,
  type Phase,
} from '../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { type Document, type Rejected, rejectedAs } from './document.ts';
import { EVENT_FIELDS, FIELD_BOUNDS } from './event-fields.ts';
import { checkClaim, materialFrom, usageFrom } from './event-parts.ts';
import { missing, optionalObject, optionalText, requiredText, wrongType } from './field-checks.ts';
import { identifiedFrom, identifiedFromBytes } from './identified.ts';
import type { JsonLimits } from './json-scan.ts';
import { parseJson } from './parse-json.ts';
import { parseTime } from './parse-time.ts';
import { RejectedInput } from './rejected-input.ts';

export interface DecodeLimits extends JsonLimits {
  /** How far `occurred_at` may lie after the record's own timestamp. */
  readonly maxClockSkewMs: number;
}

/** Where a record came from, as far as decoding depends on it. */
export interface Origin {
  /** The control topic, or a file named by `--control`: its grants count. */
  readonly trusted: boolean;
  /** The record's timestamp, milliseconds since the epoch; −1 where nobody knows. */
  readonly timestampMs: number;
}

/** An event, or why the record is none. */
export type Decoded = { readonly kind: 'event'; readonly event: Event } | Rejected;

type Draft<T> = { -readonly [K in keyof T]: T[K] };

const NOTHING: JsonObject = Object.freeze({});
const FLEET_TYPES: ReadonlySet<string> = new Set(FLEET_EVENT_TYPES);
const CONTROL_TYPES: ReadonlySet<string> = new Set(CONTROL_EVENT_TYPES);
const PHASE_NAMES: ReadonlySet<string> = new Set(PHASES);
/** Wire name → whether it is a claim; what is not in it is extra. */
const IS_CLAIM: ReadonlyMap<string, boolean> = new Map(EVENT_FIELDS.map((field) => [field.wire, field.claim === true]));
/** Refusals of what JSON's grammar may allow, so that the two ids may still be read. */
const GRAMMATICAL: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'too_deep',
  'too_many_values',
  'duplicate_key',
  'forbidden_key',
  'lone_surrogate',
  'number_out_of_range',
]);

/** JSON as an event (the contract, section 1). Total: every kind of bytes has an outcome. */
export function decodeEvent(bytes: Uint8Array | null, origin: Origin, limits: DecodeLimits): Decoded {
  return eventOf(readJson(bytes, limits), origin, limits.maxClockSkewMs);
}

/** The JSON document in a record's value. Total. */
export function readJson(bytes: Uint8Array | null, limits: JsonLimits): Document {
  if (bytes === null) return { kind: 'rejected', code: 'empty', message: 'no value' };
  try {
    return { kind: 'document', value: parseJson(bytes, limits) };
  } catch (thrown) {
    const rejected = rejectedAs(thrown);
    return GRAMMATICAL.has(rejected.code) ? rejectedAs(thrown, identifiedFromBytes(bytes)) : rejected;
  }
}

/** A document that keeps `parseJson`'s promises as an event, whatever its format was. Total. */
export function eventOf(document: Document, origin: Origin, maxClockSkewMs: number): Decoded {
  if (document.kind === 'rejected') return document;
  const { value } = document;
  try {
    if (!isJsonObject(value)) throw new RejectedInput('not_an_object', 'expected an object');
    const event = eventFrom(value, origin);
    if (origin.timestampMs >= 0 && event.occurredAtMs > origin.timestampMs + maxClockSkewMs) {
      throw new RejectedInput(
        'clock_skew',
        `/occurred_at: more than ${maxClockSkewMs} ms after the record's timestamp`,
      );
    }
    return { kind: 'event', event };
  } catch (thrown) {
    return rejectedAs(thrown, identifiedFrom(value));
  }
}

function eventFrom(source: JsonObject, origin: Origin): Event {
  const eventId = requiredText(source.event_id, '/event_id', FIELD_BOUNDS.eventIdChars);
  const sessionId = requiredText(source.session_id, '/session_id', FIELD_BOUNDS.idChars);
  const type = typeFrom(source.type, origin.trusted);
  const occurredAt = source.occurred_at;
  const event: Draft<Event> = {
    eventId,
    type,
    sessionId,
    occurredAtMs: timeFrom(occurredAt),
    // A value that `timeFrom` took is one of the two.
    occurredAt: occurredAt as string | number,
    params: source.params === undefined ? NOTHING : source.params,
    phase: phaseFrom(source.phase, type),
    claims: NOTHING,
    extra: NOTHING,
    trusted: origin.trusted,
    fields: source,
  };
  addTool(event, source.tool);
  addIds(event, source);
  addParts(event, source);
  separate(event, source);
  return event;
}

function typeFrom(value: Json | undefined, trusted: boolean): EventType {
  if (value === undefined) throw missing('/type');
  if (typeof value !== 'string') throw wrongType('/type', 'a string');
  if (FLEET_TYPES.has(value) || (trusted && CONTROL_TYPES.has(value))) return value as EventType;
  const why = CONTROL_TYPES.has(value) ? 'counts on the control topic only' : 'not an event type';
  throw new RejectedInput('unknown_type', `/type: ${why}`);
}

function timeFrom(value: Json | undefined): number {
  if (value === undefined) throw missing('/occurred_at');
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
    throw wrongType('/occurred_at', 'a string or a number');
  }
  const ms = typeof value === 'bigint' ? undefined : parseTime(value);
  if (ms !== undefined) return ms;
  throw new RejectedInput('invalid_time', '/occurred_at: expected RFC 3339 or epoch milliseconds, from 1970 on');
}

function phaseFrom(value: Json | undefined, type: EventType): Phase {
  if (value === undefined) return type === 'tool_result' ? 'post' : 'pre';
  if (typeof value !== 'string') throw wrongType('/phase', 'a string');
  if (!PHASE_NAMES.has(value)) throw new RejectedInput('out_of_bounds', '/phase: expected pre, mid or post');
  return value as Phase;
}

function addTool(event: Draft<Event>, value: Json | undefined): void {
  const tool = optionalText(value, '/tool', FIELD_BOUNDS.idChars);
  if (tool !== undefined) event.tool = tool;
  else if (event.type === 'tool_call' || event.type === 'tool_result') throw missing('/tool');
}

function addIds(event: Draft<Event>, source: JsonObject): void {
  const callId = optionalText(source.call_id, '/call_id', FIELD_BOUNDS.idChars);
  if (callId !== undefined) event.callId = callId;
  const runId = optionalText(source.run_id, '/run_id', FIELD_BOUNDS.idChars);
  if (runId !== undefined) event.runId = runId;
  const stepId = optionalText(source.step_id, '/step_id', FIELD_BOUNDS.idChars);
  if (stepId !== undefined) event.stepId = stepId;
  const tenantId = optionalText(source.tenant_id, '/tenant_id', FIELD_BOUNDS.idChars);
  if (tenantId !== undefined) event.tenantId = tenantId;
  const agentId = optionalText(source.agent_id, '/agent_id', FIELD_BOUNDS.idChars);
  if (agentId !== undefined) event.agentId = agentId;
  const parentSessionId = optionalText(source.parent_session_id, '/parent_session_id', FIELD_BOUNDS.idChars);
  if (parentSessionId !== undefined) event.parentSessionId = parentSessionId;
}

function addParts(event: Draft<Event>, source: JsonObject): void {
  if (source.result !== undefined) event.result = source.result;
  const usage = usageFrom(source.usage);
  if (usage !== undefined) event.usage = usage;
  const material = materialFrom(source.material);
  if (material !== undefined) event.material = material;
  const context = optionalObject(source.context, '/context');
  if (context !== undefined) event.context = context;
}

/** Sets `fields`, `claims` and `extra`. Without claims and extra members the source itself is `fields`. */
function separate(event: Draft<Event>, source: JsonObject): void {
  let others = 0;
  for (const name in source) {
    if (IS_CLAIM.get(name) !== false) others++;
  }
  if (others > 0) distribute(event, source);
  // The fleet cannot end a session's history: from it this is one more claim.
  if (event.type === 'session_end' && !event.trusted) event.claims = { ...event.claims, session_end: true };
}

function distribute(event: Draft<Event>, source: JsonObject): void {
  const fields: Record<string, Json> = {};
  const claims: Record<string, Json> = {};
  const extra: Record<string, Json> = {};
  for (const [name, value] of Object.entries(source)) {
    const isClaim = IS_CLAIM.get(name);
    if (isClaim === true) {
      checkClaim(name, value);
      claims[name] = value;
    } else if (isClaim === false) fields[name] = value;
    else extra[name] = value;
  }
  event.fields = fields;
  event.claims = claims;
  event.extra = extra;
}
