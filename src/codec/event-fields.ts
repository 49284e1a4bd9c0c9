import type { Event } from '../domain/event.ts';

/** One top-level member of an event on the wire, and where its value goes. */
export interface EventField {
  /** Name on the wire, in `input`, and in decisions. */
  readonly wire: string;
  /** Name in `Event`; claims have none of their own: they are members of `Event.claims`. */
  readonly member?: keyof Event;
  /** Authority: kept out of `Event.fields`, because from the fleet it is only a claim. */
  readonly claim?: true;
  /** A decision repeats it. */
  readonly echoed?: true;
}

/** Every top-level member that the contract names (its section 1), in its order. Anything else is `extra`. */
export const EVENT_FIELDS: readonly EventField[] = [
  { wire: 'event_id', member: 'eventId', echoed: true },
  { wire: 'type', member: 'type', echoed: true },
  { wire: 'session_id', member: 'sessionId', echoed: true },
  { wire: 'occurred_at', member: 'occurredAt', echoed: true },
  { wire: 'call_id', member: 'callId', echoed: true },
  { wire: 'run_id', member: 'runId', echoed: true },
  { wire: 'step_id', member: 'stepId', echoed: true },
  { wire: 'tenant_id', member: 'tenantId', echoed: true },
  { wire: 'agent_id', member: 'agentId', echoed: true },
  { wire: 'parent_session_id', member: 'parentSessionId' },
  { wire: 'tool', member: 'tool', echoed: true },
  { wire: 'params', member: 'params' },
  { wire: 'result', member: 'result' },
  { wire: 'phase', member: 'phase' },
  { wire: 'usage', member: 'usage' },
  { wire: 'mode', claim: true },
  { wire: 'approval_profile', claim: true },
  { wire: 'approvals', claim: true },
  { wire: 'material', member: 'material' },
  { wire: 'context', member: 'context' },
];

/** Bounds of single members; lengths are in Unicode code points, as JSON Schema counts them. */
export const FIELD_BOUNDS = {
  eventIdChars: 128,
  /** `session_id`, every other id, `tool`, and the names in a material. */
  idChars: 256,
  /** `mode`, `approval_profile`. */
  modeChars: 64,
  approvals: 64,
  /** Each number in `usage`. Below it the sums of a session cannot reach infinity, where every budget would end. */
  usage: Number.MAX_SAFE_INTEGER,
} as const;
