import type { Decision } from '../domain/decision.ts';
import { CONTROL_EVENT_TYPES, FLEET_EVENT_TYPES } from '../domain/event.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import { FIELD_BOUNDS } from './event-fields.ts';
import { asText } from './field-checks.ts';
import { parseTime } from './parse-time.ts';
import { topLevelString } from './record-key.ts';

/** What a decision can repeat of an event that was refused: the two ids, and whatever else of the echo is well formed. */
export type Identified = Pick<
  Decision,
  'eventId' | 'callId' | 'type' | 'sessionId' | 'runId' | 'stepId' | 'tenantId' | 'agentId' | 'tool' | 'occurredAt'
>;

const KNOWN_TYPES: ReadonlySet<string> = new Set([...FLEET_EVENT_TYPES, ...CONTROL_EVENT_TYPES]);

/** Reads the echo of a document that `parseJson` accepted; undefined without a valid `event_id` and `session_id`. */
export function identifiedFrom(value: Json): Identified | undefined {
  if (!isJsonObject(value)) return undefined;
  const eventId = asText(value.event_id, FIELD_BOUNDS.eventIdChars);
  const sessionId = asText(value.session_id, FIELD_BOUNDS.idChars);
  if (eventId === undefined || sessionId === undefined) return undefined;
  const { type, occurred_at: occurredAt } = value;
  return {
    eventId,
    sessionId,
    ...echo('callId', value.call_id),
    ...(typeof type === 'string' && KNOWN_TYPES.has(type) ? { type } : {}),
    ...echo('runId', value.run_id),
    ...echo('stepId', value.step_id),
    ...echo('tenantId', value.tenant_id),
    ...echo('agentId', value.agent_id),
    ...echo('tool', value.tool),
    ...(isTime(occurredAt) ? { occurredAt } : {}),
  };
}

/**
 * The two ids of a document that `parseJson` refused although JSON's own grammar allows it (a duplicate key, say): its
 * caller waits for a decision too. An id that a reader could take for two different ones identifies nothing.
 */
export function identifiedFromBytes(bytes: Uint8Array): Identified | undefined {
  const document = parseLeniently(bytes);
  if (document === undefined) return undefined;
  const identified = identifiedFrom(document);
  if (identified === undefined) return undefined;
  const { eventId, sessionId } = identified;
  // JSON.parse takes the last of two members, this scanner the first.
  const isSingle = topLevelString(bytes, 'event_id') === eventId && topLevelString(bytes, 'session_id') === sessionId;
  return isSingle ? { eventId, sessionId } : undefined;
}

/** V8 parses without recursion, so that depth costs no stack; the size was bounded before. */
function parseLeniently(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Json;
  } catch {
    return undefined;
  }
}

type EchoedId = 'callId' | 'runId' | 'stepId' | 'tenantId' | 'agentId' | 'tool';

function echo(member: EchoedId, value: Json | undefined): Partial<Record<EchoedId, string>> {
  const text = asText(value, FIELD_BOUNDS.idChars);
  return text === undefined ? {} : { [member]: text };
}

function isTime(value: Json | undefined): value is string | number {
  return (typeof value === 'string' || typeof value === 'number') && parseTime(value) !== undefined;
}
