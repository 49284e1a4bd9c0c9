import { EFFECTS, type Effect } from '../domain/verdict.ts';
import type { Decided } from './demo-outputs.ts';
import type { DecisionJson } from './explain.ts';

/** Decisions by effect. */
export function countEffects(decided: readonly Decided[]): Record<Effect, number> {
  const counts: Record<Effect, number> = { allow: 0, warn: 0, redact: 0, ask: 0, deny: 0 };
  for (const { decision } of decided) counts[decision.effect]++;
  return counts;
}

/** How often a policy answered other than allow about a tool. */
export interface Firing {
  readonly policy: string;
  readonly mode: string;
  readonly tool: string;
  readonly counts: Record<Effect, number>;
}

/** Stands for the policy where none was asked, because the event itself is wrong; the mode is then the error's code. */
const ITSELF = '(tollgate itself)';

/** One entry a policy and tool: policies in the given order, the most frequent tool first. */
export function countFirings(decided: readonly Decided[], policies: readonly string[]): Firing[] {
  const firings = new Map<string, Firing>();
  const add = (policy: string, mode: string, subject: string, effect: Effect) => {
    const key = JSON.stringify([policy, subject]);
    const counts = { allow: 0, warn: 0, redact: 0, ask: 0, deny: 0 };
    const firing = firings.get(key) ?? { policy, mode, tool: subject, counts };
    firings.set(key, firing);
    firing.counts[effect]++;
  };
  for (const { decision } of decided) {
    for (const { policy, mode, effect } of decision.verdicts) {
      if (effect !== 'allow') add(policy, mode, subjectOf(decision), effect);
    }
    const { error, verdicts } = decision;
    if (error !== undefined && verdicts.length === 0) add(ITSELF, error.code, subjectOf(decision), decision.effect);
  }
  const places = new Map(policies.map((policy, place) => [policy, place]));
  const placeOf = ({ policy }: Firing) => places.get(policy) ?? policies.length;
  return [...firings.values()].sort((a, b) => placeOf(a) - placeOf(b) || sum(b.counts) - sum(a.counts));
}

function subjectOf({ tool, type }: DecisionJson): string {
  return tool ?? type ?? '';
}

function sum(counts: Record<Effect, number>): number {
  return EFFECTS.reduce((total, effect) => total + counts[effect], 0);
}

/** So many denied tool calls, as different as can be: each of another policy while there are such, earliest first. */
export function chooseDenials(decided: readonly Decided[], count: number): readonly Decided[] {
  const denied = decided.filter(({ decision }) => decision.effect === 'deny' && decision.verdicts.length > 0);
  const seen = new Set<string | undefined>();
  const first = denied.filter(({ decision }) => {
    const policy = decision.reasons[0]?.policy;
    const isNew = !seen.has(policy);
    seen.add(policy);
    return isNew;
  });
  const rest = denied.filter((one) => !first.includes(one));
  return [...first, ...rest].slice(0, count);
}

/** Calls that only a policy on trial would have stopped. */
export function countShadowDenials(decided: readonly Decided[]): number {
  const goesOn = ({ decision }: Decided) => decision.effect !== 'deny';
  const isOnTrial = ({ decision }: Decided) =>
    decision.verdicts.some(({ mode, effect }) => mode === 'shadow' && effect === 'deny');
  return decided.filter((one) => goesOn(one) && isOnTrial(one)).length;
}

/**
 * What happened to the first operation that was asked about and allowed later: every decision about it, and those about
 * approvals in its session meanwhile. Empty when there is none.
 */
export function approvalStory(decided: readonly Decided[]): readonly Decided[] {
  for (const [at, { decision: asked }] of decided.entries()) {
    if (asked.effect !== 'ask') continue;
    const isSame = ({ decision: { session_id, input_identity } }: Decided) =>
      session_id === asked.session_id && input_identity === asked.input_identity;
    const allowed = decided.findIndex((one, i) => i > at && isSame(one) && one.decision.effect === 'allow');
    if (allowed === -1) continue;
    const isAbout = (one: Decided) =>
      isSame(one) || (one.decision.session_id === asked.session_id && one.decision.type === 'approval');
    return decided.slice(at, allowed + 1).filter(isAbout);
  }
  return [];
}
