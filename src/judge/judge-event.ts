import type { Decision } from '../domain/decision.ts';
import type { Event } from '../domain/event.ts';
import type { Session } from '../domain/session.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { WrittenOut } from '../domain/written-out.ts';
import { applyPatches } from './apply-patches.ts';
import { concludeSession } from './conclude.ts';
import { recurrenceOf } from './duplicates.ts';
import { evaluatePolicies, type RecordedVerdicts, type TurnListener } from './evaluate.ts';
import { EventView } from './event-view.ts';
import { foldEvent } from './fold.ts';
import { canonicalForm, decisionId, type EventPrint, printOf, sha256 } from './identity.ts';
import { AUTHORITY_TYPES } from './match.ts';
import { type Merged, mergeVerdicts } from './merge.ts';
import { patchRoot } from './patches.ts';
import type { PolicySet } from './policy-set.ts';
import { type Refusal, refusedOutcome } from './refusal.ts';

/** What came of one event: a decision and the session after it, or the news that it was judged before. */
export type Judgement =
  | { readonly kind: 'decided'; readonly decision: Decision; readonly session: Session }
  | { readonly kind: 'duplicate'; readonly identity: string };

/** What the judge is told beside policies, history and event. */
export interface JudgeOptions {
  readonly onTurn: TurnListener;
  readonly recorded?: RecordedVerdicts | undefined;
}

/**
 * THE decision: a pure function of (policies, session history, event) and of the answers that history recorded.
 *
 * 1. An event is folded before it is judged: policies see the session with it.
 * 2. A second delivery of an event gives no second decision and is not folded again.
 * 3. Whatever fails, the effect is deny and the decision says why.
 */
export function judgeEvent(
  set: PolicySet,
  previous: Session | undefined,
  event: Event,
  options: JudgeOptions,
): Judgement {
  const print = printOf(event);
  const recurrence =
    previous === undefined ? 'new' : recurrenceOf(previous.recent, print.idFingerprint, print.recurrenceFingerprint);
  if (recurrence === 'duplicate') return { kind: 'duplicate', identity: print.identity };
  const folded = foldEvent(previous, event, print, set.limits);
  const recorded = recordedFor(print, options.recorded);
  const refusal = recurrence === 'conflict' ? EVENT_ID_CONFLICT : recorded?.refusal;
  const verdicts = refusal === undefined ? askPolicies(set, event, folded, print, options.onTurn, recorded) : [];
  const merged =
    refusal === undefined
      ? mergeVerdicts(verdicts, event, print.identity, defaultFor(set, event))
      : refusedOutcome(refusal);
  const decision = decisionFrom(set, event, print, folded, verdicts, merged);
  return { kind: 'decided', decision, session: concludeSession(folded, event, decision, verdicts, merged) };
}

/** Not for a refused event: finding its facts may be what its worker died over. */
function askPolicies(
  set: PolicySet,
  event: Event,
  folded: Session,
  print: EventPrint,
  onTurn: TurnListener,
  recorded: RecordedVerdicts | undefined,
): Verdict[] {
  const view = new EventView(event, folded, print.identity, set.findFacts(event));
  return evaluatePolicies(set, view, onTurn, recorded);
}

const EVENT_ID_CONFLICT: Refusal = {
  code: 'event_id_conflict',
  message: 'another event of this session has the same event_id and other content',
};

/**
 * Denies an event that is not folded: its session has no room, or lives elsewhere. Nothing remembers it, so it may come
 * again and be judged then: the refusal is part of the decision's id, so that the two are not taken for one.
 */
export function denyUnfolded(set: PolicySet, event: Event, refusal: Refusal): Decision {
  const print = printOf(event);
  const decision = decisionFrom(set, event, print, undefined, [], refusedOutcome(refusal));
  const revision = `${set.revision} ${refusal.code}`;
  return { ...decision, decisionId: decisionId(event.sessionId, event.eventId, print.identity, revision) };
}

/** What was recorded of another content under the same id is not this event's. */
function recordedFor(print: EventPrint, recorded: RecordedVerdicts | undefined): RecordedVerdicts | undefined {
  return recorded?.identity === undefined || recorded.identity === print.identity ? recorded : undefined;
}

/** Control events are the authority's own word: policies judge them only when they name their type, none need to. */
function defaultFor(set: PolicySet, event: Event): PolicySet['defaultEffect'] {
  return event.trusted && AUTHORITY_TYPES.has(event.type) ? 'allow' : set.defaultEffect;
}

function decisionFrom(
  set: PolicySet,
  event: Event,
  print: EventPrint,
  session: Session | undefined,
  verdicts: readonly Verdict[],
  merged: Merged,
): Decision {
  // Written out, absent members as undefined: of one shape, and made without copying. `decisionText` leaves them out.
  const decision: WrittenOut<Decision> = {
    decisionId: decisionId(event.sessionId, event.eventId, print.identity, set.revision),
    eventId: event.eventId,
    callId: event.callId,
    type: event.type,
    sessionId: event.sessionId,
    runId: event.runId,
    stepId: event.stepId,
    tenantId: event.tenantId,
    agentId: event.agentId,
    tool: event.tool,
    occurredAt: event.occurredAt,
    effect: merged.effect,
    reason: merged.reason,
    reasons: merged.reasons,
    patches: merged.patches,
    obligations: merged.obligations,
    verdicts,
    policyRevision: set.revision,
    session: session && { seq: session.seq, digest: session.digest },
    inputIdentity: print.identity,
    enforcedIdentity: merged.patches.length === 0 ? undefined : enforcedIdentity(event, merged),
    error: merged.error,
  };
  return decision as Decision;
}

function enforcedIdentity(event: Event, merged: Merged): string {
  const { params = {}, result, material } = applyPatches(patchRoot(event), merged.patches);
  return sha256(canonicalForm({ type: event.type, tool: event.tool, params, result, material }));
}
