import type { FaultCode } from './errors.ts';
import type { Effect, Obligation, Patch, Verdict } from './verdict.ts';

/** A reason with its source. `message` never holds payload text. */
export interface Reason {
  readonly policy: string;
  readonly rule?: string;
  readonly code?: string;
  readonly message: string;
}

/** One decision (contract section 3). Nothing of moment or place is in it: those are headers. */
export interface Decision {
  readonly decisionId: string;
  readonly eventId: string;
  readonly callId?: string;
  readonly type?: string;
  readonly sessionId: string;
  readonly runId?: string;
  readonly stepId?: string;
  readonly tenantId?: string;
  readonly agentId?: string;
  readonly tool?: string;
  readonly occurredAt?: string | number;
  readonly effect: Effect;
  readonly reason?: string;
  readonly reasons: readonly Reason[];
  readonly patches: readonly Patch[];
  readonly obligations: readonly (Obligation & { readonly policy: string })[];
  readonly verdicts: readonly Verdict[];
  readonly policyRevision: string;
  /** Absent when the event was denied without being folded (`invalid_event`, `session_limit`). */
  readonly session?: { readonly seq: number; readonly digest: string };
  readonly inputIdentity?: string;
  readonly enforcedIdentity?: string;
  readonly error?: { readonly code: FaultCode; readonly message: string };
}

/** Kinds of audit record (contract section 4). */
export const AUDIT_KINDS = [
  'decision',
  'duplicate_event',
  'event_rejected',
  'policy_loaded',
  'policy_updated',
  'policy_rejected',
  'policy_rolled_back',
  'permission_granted',
  'permission_revoked',
  'access_denied',
  'access_granted',
  'worker_restarted',
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** Head of a partition's audit chain: the next record's index and the last record's hash (64 hex digits). */
export interface ChainHead {
  readonly index: number;
  readonly hash: string;
}

/** The head of a chain that has no record yet. */
export const EMPTY_CHAIN: ChainHead = { index: 0, hash: '0'.repeat(64) };

/** Where a record came from: `topic/partition/offset` in headers and audit records. */
export interface RecordSource {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}
