import type { AuditEntry } from './audit-trail.ts';
import { placeFrom } from './outside-record.ts';
import type { DecisionJson, Input, LetterOut, PartitionIndex } from './partition-index.ts';
import type { OutsideEvent, OutsideLimits, OutsideRejection } from './read-event.ts';
import { type FoldedSession, fold } from './session-fold.ts';
import type { Findings } from './violation.ts';

/** A session as the fold has it, and what its decisions add: their effects and errors since it began. */
export interface JudgedSession {
  readonly folded: FoldedSession;
  readonly effects: Map<string, number>;
  readonly errors: number;
}

/** What an independent judgement of the partition's input came to. */
export interface Judged {
  readonly sessions: ReadonlyMap<string, JudgedSession>;
  /** Highest `occurred_at` of any event. */
  readonly clockMs: number | undefined;
  readonly lastRevision: string | undefined;
  readonly duplicates: number;
  readonly rejected: number;
}

/** Folds the partition's input in its judged order, and holds every outcome against the fold. */
export function judgeAgain(
  index: PartitionIndex,
  positions: Readonly<Record<string, number>>,
  findings: Findings,
  limits: OutsideLimits,
): Judged {
  const judge = new SecondJudge(index, findings, limits);
  for (const source of judgedOrder(index, positions)) {
    const input = index.inputs.get(source);
    if (input !== undefined) judge.judge(source, input);
  }
  return judge;
}

/** The order of the audit records; an input without one stands before the next one of its topic. */
function judgedOrder(
  { inputs, audit }: PartitionIndex,
  positions: Readonly<Record<string, number>>,
): readonly string[] {
  const order = [...audit.keys()];
  for (const [source, { topic, offset }] of inputs) {
    if (offset >= (positions[topic] ?? 0) || audit.has(source)) continue;
    const isLater = (other: string) => {
      const place = placeFrom(other);
      return place?.topic === topic && place.offset > offset;
    };
    const at = order.findIndex(isLater);
    order.splice(at < 0 ? order.length : at, 0, source);
  }
  return order;
}

/** Judges records one after another; keeps what the partition's sessions have come to. */
class SecondJudge implements Judged {
  readonly sessions = new Map<string, JudgedSession>();
  clockMs: number | undefined;
  lastRevision: string | undefined;
  duplicates = 0;
  rejected = 0;
  readonly #outputs: PartitionIndex;
  readonly #limits: OutsideLimits;
  readonly #findings: Findings;

  constructor(outputs: PartitionIndex, findings: Findings, limits: OutsideLimits) {
    this.#outputs = outputs;
    this.#limits = limits;
    this.#findings = findings;
  }

  judge(source: string, input: Input): void {
    const { event } = input;
    if (event.kind === 'rejected') this.#reject(source, input, event);
    else this.#fold(source, event);
  }

  #reject(source: string, input: Input, { ids }: OutsideRejection): void {
    this.rejected++;
    const entry = this.#outputs.audit.get(source);
    const letter = this.#outputs.deadLetters.get(source);
    this.#expectKind(source, entry, 'event_rejected');
    if (this.#isUnsettled(source)) return;
    if (letter === undefined) this.#findings.add('lost', source, 'it is no event and has no dead letter');
    else this.#checkLetter(source, input, letter, entry);
    if (ids === undefined) {
      this.#expectNoDecision(source, 'it is no event and names none');
      return;
    }
    const decision = this.#decision(source, entry);
    if (decision === undefined) return;
    const isDenied = decision.effect === 'deny' && decision.error?.code === 'invalid_event';
    if (!isDenied || decision.session !== undefined) {
      this.#findings.add(
        'outcome_wrong',
        source,
        'it is no event: expected a deny of invalid_event that is not folded',
      );
    }
    if (decision.event_id !== ids.eventId || decision.session_id !== ids.sessionId) {
      this.#findings.add('fold_differs', source, 'its decision names another event');
    }
  }

  /** Key and value go out untouched; of what is too large only a stub. */
  #checkLetter(source: string, { print }: Input, letter: LetterOut, entry: AuditEntry | undefined): void {
    const { code } = letter;
    if (letter.print !== print && code !== 'too_large')
      this.#findings.add('outcome_wrong', source, 'its dead letter has another value');
    if (entry !== undefined && entry.errorCode !== code) {
      this.#findings.add('outcome_wrong', source, `dead letter says ${code}, audit record ${entry.errorCode}`);
    }
  }

  #fold(source: string, event: OutsideEvent): void {
    this.clockMs = Math.max(this.clockMs ?? event.occurredAtMs, event.occurredAtMs);
    const entry = this.#outputs.audit.get(source);
    if (this.#outputs.deadLetters.has(source)) this.#findings.add('outcome_wrong', source, 'a dead letter of an event');
    const previous = this.sessions.get(event.sessionId);
    const folded = fold(previous?.folded, event, this.#limits);
    if (folded.kind === 'duplicate') {
      this.duplicates++;
      this.#expectKind(source, entry, 'duplicate_event');
      this.#expectNoDecision(source, 'it is a second delivery');
      return;
    }
    const { session } = folded;
    const decision = this.#decision(source, entry);
    this.#expectKind(source, entry, 'decision');
    const before = folded.startsAnew ? undefined : previous;
    this.sessions.set(event.sessionId, concluded(session, before, decision));
    if (decision !== undefined) this.#compare(source, event, session, decision, folded.kind === 'conflict');
  }

  #compare(
    source: string,
    event: OutsideEvent,
    session: FoldedSession,
    decision: DecisionJson,
    isConflict: boolean,
  ): void {
    const { seq, digest } = decision.session ?? { seq: undefined, digest: undefined };
    if (decision.event_id !== event.eventId || decision.session_id !== event.sessionId) {
      this.#findings.add('fold_differs', source, 'its decision names another event');
    } else if (decision.input_identity !== event.identity) {
      this.#findings.add('fold_differs', source, `its decision has another input_identity than ${event.identity}`);
    } else if (seq !== session.seq || digest !== session.digest) {
      const what = `expected seq ${session.seq} and ${session.digest}, found ${seq} and ${digest}`;
      this.#findings.add('fold_differs', source, what);
    }
    if ((decision.error?.code === 'event_id_conflict') !== isConflict) {
      this.#findings.add('outcome_wrong', source, isConflict ? 'a reused id was not denied as one' : 'no reused id');
    }
  }

  /** It left nothing at all, which is said elsewhere. */
  #isUnsettled(source: string): boolean {
    const { audit, decisions, deadLetters } = this.#outputs;
    return !(audit.has(source) || decisions.has(source) || deadLetters.has(source));
  }

  #expectKind(source: string, entry: AuditEntry | undefined, kind: string): void {
    if (entry !== undefined && entry.kind !== kind) {
      this.#findings.add('outcome_wrong', source, `expected an audit record ${kind}, found ${entry.kind}`);
    }
  }

  #expectNoDecision(source: string, why: string): void {
    if (this.#outputs.decisions.has(source)) this.#findings.add('outcome_wrong', source, `${why}, and has a decision`);
  }

  /** The published decision, held against the one in the audit record. */
  #decision(source: string, entry: AuditEntry | undefined): DecisionJson | undefined {
    const decision = this.#outputs.decisions.get(source);
    if (decision?.print === undefined) {
      if (!this.#isUnsettled(source)) this.#findings.add('lost', source, 'it has no decision');
      return undefined;
    }
    if (entry !== undefined && entry.decision !== decision.print) {
      this.#findings.add('audit_differs', source, 'its audit record does not hold the decision that was published');
    }
    if (decision.json === undefined) this.#findings.add('unreadable', source, 'its decision is no JSON object');
    else this.lastRevision = decision.json.policy_revision;
    return decision.json;
  }
}

function concluded(
  folded: FoldedSession,
  before: JudgedSession | undefined,
  decision: DecisionJson | undefined,
): JudgedSession {
  // The session as it was before is not looked at again, so that its map goes on.
  const effects = before?.effects ?? new Map<string, number>();
  if (decision !== undefined) effects.set(decision.effect, (effects.get(decision.effect) ?? 0) + 1);
  return { folded, effects, errors: (before?.errors ?? 0) + (decision?.error === undefined ? 0 : 1) };
}
