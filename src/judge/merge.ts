import type { Reason } from '../domain/decision.ts';
import type { FaultCode } from '../domain/errors.ts';
import type { Event } from '../domain/event.ts';
import type { Json } from '../domain/json.ts';
import { type Effect, effectRank, type Obligation, type Patch, type Verdict } from '../domain/verdict.ts';
import { combinePatches } from './patches.ts';

/** The obligation that an `ask` carries: its value names the operation that is to be approved. */
const APPROVAL = 'approval';

/** What a decision takes from its verdicts (contract section 3). */
export interface Merged {
  readonly effect: Effect;
  readonly reason?: string;
  readonly reasons: readonly Reason[];
  readonly patches: readonly Patch[];
  readonly obligations: readonly PolicyObligation[];
  /** Of enforced verdicts; where two set the same label, the later policy's value. */
  readonly labels: ReadonlyMap<string, string>;
  readonly error?: { readonly code: FaultCode; readonly message: string };
}

const NO_LABELS: ReadonlyMap<string, string> = new Map();
const NO_REASONS: readonly Reason[] = [];

type PolicyObligation = Obligation & { readonly policy: string };

/**
 * Merges an event's verdicts, given in policy order: the strongest enforced effect, `defaultEffect` when none is
 * enforced. A shadow verdict changes nothing; a failed one (`error`) denies whatever it says; patches that cannot be
 * combined deny (`patch_conflict`). `identity` is the event's `input_identity`, which an approval must name.
 */
export function mergeVerdicts(
  verdicts: readonly Verdict[],
  event: Event,
  identity: string,
  defaultEffect: Effect,
): Merged {
  const enforced = verdicts.some(isShadow) ? verdicts.filter((verdict) => !isShadow(verdict)) : verdicts;
  const effect = enforced.length === 0 ? defaultEffect : strongestEffect(enforced);
  const reasons = reasonsOf(enforced);
  const obligations = obligationsOf(enforced, event, identity);
  const labels = labelsOf(enforced);
  const said =
    reasons.length === 0
      ? { reasons, obligations, labels }
      : { reason: reasons.map((reason) => reason.message).join('; '), reasons, obligations, labels };
  if (effect === 'deny') return denied(said, enforced.find((verdict) => verdict.error)?.error);
  const combined = combinePatches(enforced, event);
  if (combined.kind === 'patches') return { effect, ...said, patches: combined.patches };
  return denied(said, { code: 'patch_conflict', message: combined.message });
}

function isShadow(verdict: Verdict): boolean {
  return verdict.mode === 'shadow';
}

function denied(said: Omit<Merged, 'effect' | 'patches' | 'error'>, error: Merged['error']): Merged {
  return {
    effect: 'deny',
    ...said,
    patches: [],
    ...(error && { error: { code: error.code, message: error.message } }),
  };
}

function strongestEffect(enforced: readonly Verdict[]): Effect {
  let strongest: Effect = 'allow';
  for (const verdict of enforced) {
    const effect = effectOf(verdict);
    if (effectRank(effect) > effectRank(strongest)) strongest = effect;
  }
  return strongest;
}

/** No error is weaker than deny. */
function effectOf(verdict: Verdict): Effect {
  return verdict.error ? 'deny' : verdict.effect;
}

function reasonsOf(enforced: readonly Verdict[]): readonly Reason[] {
  if (!enforced.some((verdict) => verdict.reason)) return NO_REASONS;
  const reasons: Reason[] = [];
  for (const { policy, rule, code, reason } of enforced) {
    if (reason) {
      reasons.push({
        policy,
        ...(rule !== undefined && { rule }),
        ...(code !== undefined && { code }),
        message: reason,
      });
    }
  }
  return reasons;
}

/** Each enforced verdict's own obligations, then the approval that an `ask` implies and did not spell out. */
function obligationsOf(enforced: readonly Verdict[], event: Event, identity: string): PolicyObligation[] {
  const all: PolicyObligation[] = [];
  for (const verdict of enforced) {
    const { policy, obligations = [] } = verdict;
    for (const { kind, value } of obligations) all.push({ policy, kind, value });
    if (effectOf(verdict) === 'ask' && !obligations.some(({ kind }) => kind === APPROVAL)) {
      all.push({ policy, kind: APPROVAL, value: approvalOf(event, identity) });
    }
  }
  return all;
}

function approvalOf(event: Event, operation: string): Json {
  return event.tool === undefined ? { operation } : { operation, tool: event.tool };
}

function labelsOf(enforced: readonly Verdict[]): ReadonlyMap<string, string> {
  if (enforced.every((verdict) => verdict.labels === undefined)) return NO_LABELS;
  const labels = new Map<string, string>();
  for (const verdict of enforced) {
    if (verdict.labels === undefined) continue;
    for (const [name, value] of Object.entries(verdict.labels)) labels.set(name, value);
  }
  return labels;
}
