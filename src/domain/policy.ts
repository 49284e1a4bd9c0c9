import type { Event, EventType, Phase } from './event.ts';
import type { Json } from './json.ts';
import type { Session } from './session.ts';
import type { Answer, PolicyMode } from './verdict.ts';

/** What the host can find in an event for policies that ask (`needs:`; contract section 2). */
export const FACT_KINDS = ['hosts', 'urls', 'ips', 'pii', 'secrets', 'commands'] as const;
export type FactKind = (typeof FACT_KINDS)[number];

/** Where a finding lies: `path` is a JSON Pointer into the event. */
export interface LocatedFact {
  readonly kind: string;
  readonly path: string;
}

/** `input.facts`: only the kinds that some policy of the set needs are present. */
export interface Facts {
  readonly hosts?: readonly string[];
  readonly urls?: readonly string[];
  readonly ips?: readonly string[];
  readonly pii?: readonly LocatedFact[];
  readonly secrets?: readonly LocatedFact[];
  readonly commands?: readonly string[];
}

/** Which events a policy judges. An absent list matches everything; tools and tenants are globs (`http*`). */
export interface MatchRule {
  readonly types?: readonly EventType[];
  readonly phases?: readonly Phase[];
  readonly tools?: readonly string[];
  readonly tenants?: readonly string[];
}

export const RESULT_FORMS = ['decision', 'deny_set', 'allow', 'violations'] as const;
export type ResultForm = (typeof RESULT_FORMS)[number];

export const INPUT_FORMS = ['tollgate', 'fleetforge'] as const;
/** `fleetforge` gives FleetForge's payload instead of Tollgate's `input`. */
export type InputForm = (typeof INPUT_FORMS)[number];

/** Limits of one policy. The lane's watchdog enforces the time, the engine the rest. */
export interface PolicyLimits {
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly maxInputBytes: number;
}

/** Everything about a policy but how it is evaluated. */
export interface PolicyHead {
  readonly name: string;
  /** `sha256:…` over code, data, options, limits: what a verdict names as its version. */
  readonly version: string;
  readonly mode: PolicyMode;
  readonly match: MatchRule;
  readonly needs: readonly FactKind[];
  readonly limits: PolicyLimits;
}

/**
 * What of `input` a policy can read: each member whole (`true`), or only these members of it. A member that is not named
 * is never looked at, so that it need not be written.
 */
export type InputReads = Readonly<Record<string, true | readonly string[]>>;

/** What a policy's `input` document is made of. */
export type InputSource = Pick<PolicyView, 'event' | 'session' | 'identity' | 'facts'>;

/** Writes a policy's `input` document as JSON text. Policies that want the same document share one writer. */
export type InputWriter = (source: InputSource) => string;

/** What a policy may look at while it judges one event. */
export interface PolicyView {
  readonly event: Event;
  /** The session after this event was folded in. */
  readonly session: Session;
  /** `input_identity` of the event: for a tool call the operation's digest. */
  readonly identity: string;
  readonly facts: Facts;
  /** The policy's own state from its last answer in this session, or undefined. */
  readonly state: Json | undefined;
  /** The policy's `input` document as JSON text, written once an event and writer. */
  input(writer: InputWriter): string;
}

/** A policy that is ready to judge. `judge` answers or throws an `EvaluationFault`; it never decides by accident. */
export interface Policy {
  readonly head: PolicyHead;
  judge(view: PolicyView): Answer;
}
