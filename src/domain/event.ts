import type { Json, JsonObject } from './json.ts';

/** Event types that any producer of the fleet may write (contract section 1). */
export const FLEET_EVENT_TYPES = ['tool_call', 'tool_result', 'step', 'session_start', 'session_end'] as const;
/** Event types that count only on the control topic: authority never comes from the fleet. */
export const CONTROL_EVENT_TYPES = ['approval', 'mode_change', 'session_reset'] as const;
export type EventType = (typeof FLEET_EVENT_TYPES)[number] | (typeof CONTROL_EVENT_TYPES)[number];

export const PHASES = ['pre', 'mid', 'post'] as const;
export type Phase = (typeof PHASES)[number];

/** Resources of one step, each ≥ 0. `estimate` marks a reservation, replaced by the actual usage of the same call. */
export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costUsd?: number;
  readonly durationMs?: number;
  readonly estimate?: boolean;
}

/** What attestation policies read. Exactly one of `content`, `contentBase64` is set. */
export interface Material {
  readonly name: string;
  readonly kind: string;
  readonly digest?: string;
  readonly content?: string;
  readonly contentBase64?: string;
}

/**
 * One event as its producer wrote it, decoded and checked.
 *
 * `fields` is the parsed object itself: wire names, wire values, known fields only; what is not in the contract's table
 * is in `extra`, what the fleet may only claim (mode, approval_profile, approvals) is in `claims`. The typed members
 * repeat what the judge needs.
 */
export interface Event {
  readonly eventId: string;
  readonly type: EventType;
  readonly sessionId: string;
  /** As written: RFC 3339 or epoch milliseconds. Decisions echo it. */
  readonly occurredAt: string | number;
  /** The same in milliseconds since the epoch: the only clock that policies see. */
  readonly occurredAtMs: number;
  readonly callId?: string;
  readonly runId?: string;
  readonly stepId?: string;
  readonly tenantId?: string;
  readonly agentId?: string;
  readonly parentSessionId?: string;
  readonly tool?: string;
  /** `{}` when absent; null stays null. */
  readonly params: Json;
  readonly result?: Json;
  readonly phase: Phase;
  readonly usage?: Usage;
  readonly material?: Material;
  readonly context?: JsonObject;
  /** Authority fields of this event (`mode`, `approval_profile`, `approvals`): a grant when `trusted`, else a claim. */
  readonly claims: JsonObject;
  /** Top-level fields that the contract does not name, kept and shown as `input.extra`. */
  readonly extra: JsonObject;
  /** True when the record came from the control topic (or `--control`). */
  readonly trusted: boolean;
  /** The event's wire form: every known field that was present, in the order it came, `claims` and `extra` left out. */
  readonly fields: JsonObject;
}
