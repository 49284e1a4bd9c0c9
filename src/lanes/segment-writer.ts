import type { SessionCodec } from '../codec/session-codec.ts';
import type { ChainHead } from '../domain/decision.ts';
import { EFFECTS, type Effect } from '../domain/verdict.ts';
import { type AuditNote, chainRecord } from '../judge/audit-record.ts';
import type { Segment, SegmentCounts, SegmentResult } from './messages.ts';
import { OutBuffer } from './out-buffer.ts';
import { packOutputs, type SegmentOutputs } from './result-frame.ts';
import type { SessionStore } from './session-store.ts';

const NO_SOURCE = -1;
const GONE = -1;

/** One partition's state inside a worker. */
export interface PartitionState {
  readonly partition: number;
  readonly epoch: number;
  readonly store: SessionStore;
  chain: ChainHead;
}

/**
 * Collects what comes of one segment: outputs in judged order, dead letters, counts. Used again for every segment.
 *
 * 1. Between `begin` and `finish` the partition's chain head moves with each audit record, and only then.
 * 2. Every output names its record by the index set with `at`, or none.
 */
export class SegmentWriter {
  readonly #codec: SessionCodec;
  readonly #isAuditing: boolean;
  readonly #outputs: SegmentOutputs = {
    decisions: new OutBuffer(),
    audit: new OutBuffer(),
    sessions: new OutBuffer(),
  };
  #deadLetters: { source: number; code: string; message: string }[] = [];
  #effects = noEffects();
  #duplicates = 0;
  #misrouted = 0;
  #record = NO_SOURCE;
  #recordedAt = '';
  #state: PartitionState | undefined;

  /** Without `isAuditing` audit records are counted and not made. */
  constructor(codec: SessionCodec, isAuditing = true) {
    this.#codec = codec;
    this.#isAuditing = isAuditing;
  }

  /** Starts a segment; `recordedAt` is RFC 3339. */
  begin(state: PartitionState, recordedAt: string): void {
    this.#state = state;
    this.#recordedAt = recordedAt;
    this.#record = NO_SOURCE;
    this.#deadLetters = [];
    this.#effects = noEffects();
    this.#duplicates = 0;
    this.#misrouted = 0;
    for (const buffer of Object.values(this.#outputs)) buffer.clear();
  }

  /** What follows is about this record of the segment. */
  at(record: number): void {
    this.#record = record;
  }

  decision(text: string, effect: Effect): void {
    this.#append(this.#outputs.decisions, text);
    this.#effects[effect]++;
  }

  audit(note: AuditNote): void {
    if (note.kind === 'duplicate_event') this.#duplicates++;
    if (!this.#isAuditing) return;
    const state = this.#current();
    const { text, head } = chainRecord(note, state.partition, state.chain, this.#recordedAt);
    state.chain = head;
    this.#append(this.#outputs.audit, text);
  }

  deadLetter(code: string, message: string): void {
    this.#deadLetters.push({ source: this.#record, code, message });
  }

  misrouted(): void {
    this.#misrouted++;
  }

  /** Ends the segment: encodes the changed sessions and packs everything into one buffer. */
  finish(segment: Segment): SegmentResult {
    const { store, chain } = this.#current();
    this.#appendSessions(store);
    const counts: SegmentCounts = {
      effects: this.#effects,
      duplicates: this.#duplicates,
      rejected: this.#deadLetters.length,
      misrouted: this.#misrouted,
      sessions: store.size,
    };
    const { partition, epoch } = segment;
    const deadLetters = this.#deadLetters;
    return { partition, epoch, ...packOutputs(this.#outputs), deadLetters, chain, clockMs: store.clockMs, counts };
  }

  #appendSessions(store: SessionStore): void {
    const { sessions } = this.#outputs;
    for (const [sessionId, session] of store.takeChanged()) {
      sessions.mark(sessions.text(sessionId));
      sessions.mark(sessions.size);
      sessions.mark(session === undefined ? GONE : sessions.bytes(this.#codec.encode(session)));
      sessions.mark(session === undefined ? GONE : sessions.size);
    }
  }

  #append(buffer: OutBuffer, text: string): void {
    buffer.mark(this.#record);
    buffer.mark(buffer.line(text));
    buffer.mark(buffer.size - 1);
  }

  #current(): PartitionState {
    if (this.#state === undefined) throw new Error('segment not begun');
    return this.#state;
  }
}

function noEffects(): Record<Effect, number> {
  return Object.fromEntries(EFFECTS.map((effect) => [effect, 0])) as Record<Effect, number>;
}
