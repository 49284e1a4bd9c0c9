import type { FaultCode } from './errors.ts';
import type { Json } from './json.ts';

/** What a decision can be, weakest first. The order is the merge order (contract section 3). */
export const EFFECTS = ['allow', 'warn', 'redact', 'ask', 'deny'] as const;
export type Effect = (typeof EFFECTS)[number];

/** Position in `EFFECTS`: a higher rank is a stronger effect. */
export function effectRank(effect: Effect): number {
  return EFFECTS.indexOf(effect);
}

/** One RFC 6902 operation of the three that Tollgate takes, addressing the event as it came. */
export interface Patch {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  /** Present for `add` and `replace`. */
  readonly value?: Json;
}

/** Something the caller must do before or while the call runs. */
export interface Obligation {
  readonly kind: string;
  readonly value: Json;
}

/**
 * What a policy answered, checked and in one form whatever its `result:` declared. `message` texts never hold payload.
 */
export interface Answer {
  readonly effect: Effect;
  readonly reason?: string;
  /** Rule and code name the reason's source inside the policy. */
  readonly rule?: string;
  readonly code?: string;
  readonly patches?: readonly Patch[];
  readonly obligations?: readonly Obligation[];
  /** Labels that stick to the session (`input.session.labels`). */
  readonly labels?: Readonly<Record<string, string>>;
  readonly findings?: readonly Json[];
  readonly skipped?: boolean;
  readonly skipReason?: string;
  readonly ignored?: boolean;
  /** The policy's own state after this event; absent keeps the old one. Bounded by `limits.maxPolicyStateBytes`. */
  readonly state?: Json;
}

export type PolicyMode = 'enforce' | 'shadow';

/** An answer with its source: one per matching policy. `error` says that the policy failed; its effect is then deny. */
export interface Verdict extends Answer {
  readonly policy: string;
  readonly version: string;
  readonly mode: PolicyMode;
  readonly error?: { readonly code: FaultCode; readonly message: string };
  /** The verdict depends on more than (policies, history, event): replay takes it from history. */
  readonly recorded?: boolean;
}
