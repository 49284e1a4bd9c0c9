import type { DeadLetter } from '../domain/output.ts';
import type { RawRecord } from '../domain/record.ts';
import type { PartitionChanges, PartitionMeta, StateLog } from '../pipeline/ports.ts';
import { OrderedDecisions } from './ordered-decisions.ts';

/** Where a replay's results go. Decisions come in input order; dead letters as they are met. */
export interface ReplaySink {
  decision(text: string, partition: number): void;
  deadLetter(letter: DeadLetter, record: RawRecord, partition: number): void;
  /** Resolves when more can be taken. */
  ready(): Promise<void>;
}

interface PartitionState {
  readonly sessions: Map<string, Uint8Array>;
  meta: PartitionMeta | undefined;
}

const NO_SOURCE = -1;

/**
 * The log of a replay: state is kept in memory (a worker may die and its partitions be judged again), decisions leave in
 * the order of the input, nothing is durable.
 */
export class ReplayLog implements StateLog {
  readonly #sink: ReplaySink;
  readonly #ordered: OrderedDecisions;
  readonly #partitions = new Map<number, PartitionState>();

  constructor(sink: ReplaySink) {
    this.#sink = sink;
    this.#ordered = new OrderedDecisions((decision) => sink.decision(decision.text, decision.partition));
  }

  async restore(
    partition: number,
    onSession: (sessionId: string, value: Uint8Array) => void,
  ): Promise<PartitionMeta | undefined> {
    const state = this.#partitions.get(partition);
    for (const [sessionId, value] of state?.sessions ?? []) onSession(sessionId, value);
    return state?.meta;
  }

  async commit(changes: readonly PartitionChanges[]): Promise<void> {
    for (const change of changes) {
      this.#keep(change);
      this.#print(change);
    }
    await this.#sink.ready();
  }

  async isCurrent(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {
    this.#partitions.clear();
  }

  #keep(change: PartitionChanges): void {
    const state = this.#partitions.get(change.partition) ?? { sessions: new Map(), meta: undefined };
    this.#partitions.set(change.partition, state);
    for (const { sessionId, value } of change.sessions) {
      if (value === null) state.sessions.delete(sessionId);
      else state.sessions.set(sessionId, value.slice());
    }
    state.meta = change.meta;
  }

  #print({ partition, sources, decisions, deadLetters }: PartitionChanges): void {
    for (const letter of deadLetters) this.#sink.deadLetter(letter, sources[letter.source] as RawRecord, partition);
    const texts = new Map<number, string>();
    const bytes = Buffer.from(decisions.bytes.buffer, decisions.bytes.byteOffset, decisions.bytes.byteLength);
    for (let cell = 0; cell < decisions.index.length; cell += 3) {
      const [source = NO_SOURCE, start, end] = decisions.index.subarray(cell, cell + 3);
      texts.set(source, bytes.toString('utf8', start, end));
    }
    sources.forEach((record, i) => {
      if (record.ordinal === undefined) throw new Error('replay needs a source with one order over all partitions');
      const text = texts.get(i);
      this.#ordered.put(record.ordinal, text === undefined ? undefined : { text, partition });
    });
  }
}
