import type { OutputAvro } from '../codec/output-avro.ts';
import type { SessionCodec } from '../codec/session-codec.ts';
import type { ChainHead, Decision } from '../domain/decision.ts';
import { type AuditNote, auditEntry, chainRecord } from '../judge/audit-record.ts';
import type { Segment, SegmentResult } from './messages.ts';
import { OutBuffer } from './out-buffer.ts';
import { packOutputs, type SegmentOutputs } from './result-frame.ts';
import type { SegmentCounter } from './segment-counts.ts';
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
  /** What is counted of the segment. */
  readonly counter: SegmentCounter;
  readonly #codec: SessionCodec;
  readonly #isAuditing: boolean;
  readonly #avro: OutputAvro | undefined;
  readonly #outputs: SegmentOutputs = {
    decisions: new OutBuffer(),
    audit: new OutBuffer(),
    sessions: new OutBuffer(),
  };
  #deadLetters: { source: number; code: string; message: string }[] = [];
  #record = NO_SOURCE;
  #recordedAt = '';
  #state: PartitionState | undefined;

  /** Without `isAuditing` audit records are counted and not made. With `avro` outputs are Avro in place of JSON. */
  constructor(codec: SessionCodec, counter: SegmentCounter, isAuditing = true, avro?: OutputAvro) {
    this.#codec = codec;
    this.counter = counter;
    this.#isAuditing = isAuditing;
    this.#avro = avro;
  }

  /** Starts a segment; `recordedAt` is RFC 3339. */
  begin(state: PartitionState, recordedAt: string): void {
    this.#state = state;
    this.#recordedAt = recordedAt;
    this.#record = NO_SOURCE;
    this.#deadLetters = [];
    this.counter.clear();
    for (const buffer of Object.values(this.#outputs)) buffer.clear();
  }

  /** What follows is about this record of the segment. */
  at(record: number): void {
    this.#record = record;
  }

  /** `text` is the decision as it goes out. */
  decision(text: string, decision: Decision): void {
    this.#append(this.#outputs.decisions, this.#avro === undefined ? text : this.#avro.decision(decision));
    this.counter.decided(decision);
  }

  audit(note: AuditNote): void {
    if (note.kind === 'duplicate_event') this.counter.duplicate();
    if (!this.#isAuditing) return;
    const state = this.#current();
    const before = state.chain;
    const { text, head } = chainRecord(note, state.partition, before, this.#recordedAt);
    state.chain = head;
    const record =
      this.#avro === undefined
        ? text
        : this.#avro.audit(auditEntry(note, state.partition, before, head, this.#recordedAt));
    this.#append(this.#outputs.audit, record);
  }

  deadLetter(code: string, message: string): void {
    this.#deadLetters.push({ source: this.#record, code, message });
  }

  /** Ends the segment: encodes the changed sessions and packs everything into one buffer. */
  finish(segment: Segment): SegmentResult {
    const { store, chain } = this.#current();
    this.#appendSessions(store);
    const deadLetters = this.#deadLetters;
    const counts = this.counter.take(store.size, deadLetters.length);
    const { partition, epoch } = segment;
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

  #append(buffer: OutBuffer, value: string | Uint8Array): void {
    buffer.mark(this.#record);
    buffer.mark(typeof value === 'string' ? buffer.line(value) : buffer.lineOf(value));
    buffer.mark(buffer.size - 1);
  }

  #current(): PartitionState {
    if (this.#state === undefined) throw new Error('segment not begun');
    return this.#state;
  }
}
