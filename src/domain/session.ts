import type { EventType } from './event.ts';
import type { Json } from './json.ts';
import type { Effect } from './verdict.ts';

/**
 * What is kept of one session. A value: the judge makes the next one from the last one and an event, never in place.
 *
 * Fingerprints are the first 128 bits (32 hex digits) of an identity: enough that nobody finds two contents with one
 * fingerprint (birthday bound 2^64), and half the memory.
 */
export interface Session {
  readonly sessionId: string;
  /** Events folded since the session began, this one included. */
  readonly seq: number;
  /** `sha256:…` chain over the identities folded so far; independent of policies. */
  readonly digest: string;
  readonly startedAtMs: number;
  /** The session's clock: the highest `occurred_at` so far. */
  readonly clockMs: number;

  readonly calls: number;
  /** Tool → calls, in order of first use; at most `SESSION_BOUNDS.tools` entries. */
  readonly callsByTool: ReadonlyMap<string, number>;
  /** True when a tool was called that found no room in `callsByTool`. */
  readonly toolsOverflow: boolean;

  /** Trailing run of identical tool calls. */
  readonly repeat: Run;
  /** Trailing run of tool calls that are identical after normalising (see `judge/near-repeat.ts`). */
  readonly nearRepeat: Run;
  /** Trailing run of tool results that say the same to the same call. */
  readonly noProgress: Run;
  /** Fingerprints of the last `SESSION_BOUNDS.cyclePeriod` tool calls, 32 hex digits each, latest last. */
  readonly lastCalls: string;
  /** For each period 2…8 (index 0 is period 2): how many trailing calls equal the call that many places before. */
  readonly periodRuns: readonly number[];

  readonly previous?: PreviousEvent;
  readonly effects: Readonly<Partial<Record<Effect, number>>>;
  readonly tokens: number;
  readonly costUsd: number;
  readonly durationMs: number;
  /** Calls that wait for their result, oldest first: their fingerprint, and what they reserved. */
  readonly openCalls: ReadonlyMap<string, OpenCall>;

  readonly mode?: string;
  readonly approvalProfile?: string;
  readonly approvals: readonly Approval[];
  readonly labels: ReadonlyMap<string, string>;
  readonly labelsOverflow: boolean;
  /** Decisions of this session that carry an `error`. */
  readonly errors: number;
  readonly ended: boolean;

  /**
   * The last `limits.duplicateWindow` events, oldest first: 48 hex digits each, 16 for its id and 32 for its content, in one
   * text. Outlives resets: one event has one decision.
   */
  readonly recent: string;
  /** What policies keep for themselves, by policy name. */
  readonly states: ReadonlyMap<string, Json>;
}

export interface Run {
  readonly key: string;
  readonly count: number;
}

export interface PreviousEvent {
  readonly type: EventType;
  readonly tool?: string;
  readonly effect: Effect;
  readonly occurredAtMs: number;
}

export interface OpenCall {
  readonly fingerprint: string;
  readonly tokens: number;
  readonly costUsd: number;
  readonly durationMs: number;
}

/** A grant from the control topic. `operation` is an operation digest, `capability` a name; one of them is set. */
export interface Approval {
  readonly operation?: string;
  readonly capability?: string;
  readonly approver?: string;
  readonly grantedAtMs: number;
  readonly expiresAtMs?: number;
}

/** Fixed bounds of one session's size; beyond them the oldest goes or an overflow flag is set, as each field says. */
export const SESSION_BOUNDS = {
  tools: 128,
  openCalls: 64,
  approvals: 64,
  labels: 64,
  labelChars: 256,
  cyclePeriod: 8,
} as const;
