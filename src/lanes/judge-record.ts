import { decisionText } from '../codec/decision-text.ts';
import { decodeRecord } from '../codec/decode-record.ts';
import { partitionOf } from '../codec/partition-of.ts';
import type { Decision, RecordSource } from '../domain/decision.ts';
import type { Event } from '../domain/event.ts';
import type { RecordedVerdicts } from '../judge/evaluate.ts';
import { printOf } from '../judge/identity.ts';
import { denyUnfolded, judgeEvent } from '../judge/judge-event.ts';
import { maskedEventText } from '../judge/masked-event.ts';
import type { Refusal } from '../judge/refusal.ts';
import { type Rejection, rejectedDecision, rejectionDetail } from '../judge/rejected-event.ts';
import type { FramedRecord } from './frame.ts';
import type { LaneContext } from './lane-context.ts';
import { recordedKey, type Trouble } from './messages.ts';
import { HOST_CODE } from './progress.ts';
import type { PartitionState, SegmentWriter } from './segment-writer.ts';

/** One record's place: in its source, in the batch (for the watchdog), and what is known to be wrong with it. */
export interface RecordPlace {
  readonly source: RecordSource;
  readonly batchIndex: number;
  readonly troubles: readonly Trouble[];
}

const QUARANTINE = {
  kind: 'rejected',
  code: 'quarantined',
  message: 'workers died over this record, also when it was to be refused',
} as const;

/**
 * Judges one record. It gives exactly one of: a decision with its audit record; a duplicate's audit record; a dead
 * letter with its audit record, and a deny when the record names its event and session.
 */
export function judgeRecord(
  context: LaneContext,
  state: PartitionState,
  record: FramedRecord,
  place: RecordPlace,
  writer: SegmentWriter,
): void {
  context.progress.enter(place.batchIndex, HOST_CODE);
  const isQuarantined = place.troubles.some(({ quarantined }) => quarantined === true);
  const decoded = isQuarantined ? QUARANTINE : decodeRecord(record, context.decoding);
  if (decoded.kind === 'rejected') reject(context, decoded, record.value, place, writer);
  else judgeDecoded(context, state, decoded.event, place, writer);
}

function judgeDecoded(
  context: LaneContext,
  state: PartitionState,
  event: Event,
  place: RecordPlace,
  writer: SegmentWriter,
): void {
  const { store } = state;
  const { counter } = writer;
  counter.event(place.source.topic, event.type);
  store.advanceClock(event.occurredAtMs);
  const previous = store.get(event.sessionId);
  const refusal = routingRefusal(context, state, event, writer) ?? roomRefusal(state, previous !== undefined);
  if (refusal !== undefined) {
    decide(context, event, denyUnfolded(context.set, event, refusal), place, writer);
    return;
  }
  const judgement = judgeEvent(context.set, previous, event, {
    onTurn: (policy) => {
      // What follows the last policy (merging, texts, masking) is our own work: no policy's time limit answers for it.
      context.progress.enter(place.batchIndex, policy ?? HOST_CODE);
      counter.turn(policy);
    },
    recorded: recordedFor(context, event, place),
  });
  if (judgement.kind === 'duplicate') {
    const detailText = duplicateDetail(event, judgement.identity);
    writer.audit({ kind: 'duplicate_event', source: place.source, detailText });
    return;
  }
  store.set(judgement.session);
  decide(context, event, judgement.decision, place, writer);
}

function duplicateDetail(event: Event, identity: string): string {
  return JSON.stringify({ event_id: event.eventId, session_id: event.sessionId, input_identity: identity });
}

function decide(
  context: LaneContext,
  event: Event,
  decision: Decision,
  place: RecordPlace,
  writer: SegmentWriter,
): void {
  const text = decisionText(decision);
  writer.decision(text, decision);
  if (context.mask === undefined) return;
  const eventText = maskedEventText(event, context.mask);
  writer.audit({ kind: 'decision', source: place.source, decisionText: text, decision, eventText });
}

function reject(
  context: LaneContext,
  rejection: Rejection,
  value: Uint8Array | null,
  place: RecordPlace,
  writer: SegmentWriter,
): void {
  writer.deadLetter(rejection.code, rejection.message);
  const { source } = place;
  const { identified } = rejection;
  const detailText = rejectionDetail(rejection, value);
  if (identified === undefined) {
    writer.audit({ kind: 'event_rejected', source, detailText });
    return;
  }
  const decision = rejectedDecision({ ...rejection, identified }, value ?? new Uint8Array(), context.set.revision);
  const text = decisionText(decision);
  writer.decision(text, decision);
  writer.audit({ kind: 'event_rejected', source, decisionText: text, decision, detailText });
}

function routingRefusal(
  context: LaneContext,
  state: PartitionState,
  event: Event,
  writer: SegmentWriter,
): Refusal | undefined {
  if (partitionOf(event.sessionId, context.partitions) === state.partition) return undefined;
  writer.counter.misrouted();
  if (!context.strictRouting) return undefined;
  return { code: 'misrouted', message: 'the session does not belong to the partition its event came in' };
}

function roomRefusal(state: PartitionState, isLive: boolean): Refusal | undefined {
  if (isLive || state.store.makeRoom()) return undefined;
  return { code: 'session_limit', message: 'the partition has no room for another session' };
}

function recordedFor(context: LaneContext, event: Event, { troubles }: RecordPlace): RecordedVerdicts | undefined {
  const history =
    context.recorded.size === 0 ? undefined : context.recorded.get(recordedKey(event.sessionId, event.eventId));
  return troubles.length === 0 ? history : withTroubles(troubles, event, history);
}

/** What just happened over this very record, on top of what history recorded of the same content. */
function withTroubles(
  troubles: readonly Trouble[],
  event: Event,
  history: RecordedVerdicts | undefined,
): RecordedVerdicts {
  const known = history?.identity === printOf(event).identity ? history : undefined;
  const byPolicy = new Map(known?.byPolicy);
  for (const { verdict } of troubles) if (verdict !== undefined) byPolicy.set(verdict.policy, verdict);
  const refusal = troubles.find((trouble) => trouble.refusal !== undefined)?.refusal ?? known?.refusal;
  return { byPolicy, ...(refusal === undefined ? undefined : { refusal }) };
}
