import type { Event } from '../domain/event.ts';
import type { Facts, Policy } from '../domain/policy.ts';
import type { Effect } from '../domain/verdict.ts';
import type { FoldLimits } from './fold.ts';

/** Named in `policy_revision`: another judge version may decide otherwise, so its decisions have other ids. */
export const JUDGE_VERSION = 'tollgate-judge-1';

/** A policy and the compiled test of its `match` rule. */
export interface MatchedPolicy {
  readonly policy: Policy;
  matches(event: Event): boolean;
}

/** The indices of the policies that judge an event, in the set's order. */
export type Route = readonly number[];

export interface JudgeLimits extends FoldLimits {
  readonly maxPolicyStateBytes: number;
}

/** Everything that a decision is a function of, beside history and event. */
export interface PolicySet {
  readonly policies: readonly MatchedPolicy[];
  /** Which of them judge an event (`compileRoutes`). */
  readonly route: (event: Event) => Route;
  /** `sha256:…` over policies, options, limits, order and judge version. */
  readonly revision: string;
  readonly defaultEffect: Effect;
  readonly limits: JudgeLimits;
  /** Computes the facts that some policy of the set needs. */
  findFacts(event: Event): Facts;
}
