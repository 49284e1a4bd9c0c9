import { partitionOf } from '../../src/codec/partition-of.ts';
import { TollgateError } from '../../src/domain/errors.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import type {
  CrashHook,
  PartitionChanges,
  PartitionMeta,
  Positions,
  Source,
  SourceSink,
  StateLog,
} from '../../src/pipeline/ports.ts';
import { type SampleEvent, sampleValue } from './adapter-harness.ts';
import { valuesOf } from './sample-changes.ts';

const MEMORY_EVENTS = 'events';
const MEMORY_CONTROL = 'control';

/** Everything one partition has committed. */
export interface MemoryPartition {
  readonly decisions: readonly string[];
  readonly audit: readonly string[];
  readonly deadLetters: readonly { readonly code: string; readonly source: RawRecord }[];
  readonly sessions: ReadonlyMap<string, Uint8Array>;
  readonly meta: PartitionMeta;
}

/** An input and an output in memory: the ports without a world behind them, for the tests of what uses the ports. */
export class MemoryAdapter {
  readonly partitions: number;
  readonly committed = new Map<number, MemoryPartition>();
  /** How many commits took effect. */
  commits = 0;
  readonly input: RawRecord[][];
  readonly sources = new Set<MemorySource>();

  constructor(partitions: number) {
    this.partitions = partitions;
    this.input = Array.from({ length: partitions }, () => []);
  }

  /** Appends any record to the partition that its key hashes to (no key: partition 0). */
  append(record: { topic?: string; key: string | null; value: string | Uint8Array; trusted?: boolean }): void {
    const { key, value, trusted = false } = record;
    const partition = key === null ? 0 : partitionOf(key, this.partitions);
    const records = this.input[partition] ?? [];
    records.push({
      topic: record.topic ?? (trusted ? MEMORY_CONTROL : MEMORY_EVENTS),
      offset: records.length,
      nextOffset: records.length + 1,
      timestampMs: -1,
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from(value),
      trusted,
    });
    for (const source of this.sources) source.wake();
  }

  produce(events: readonly SampleEvent[]): void {
    for (const event of events) {
      this.append({ key: event.sessionId, value: sampleValue(event), trusted: event.trusted ?? false });
    }
  }

  /** `finite`: the run ends when everything was delivered. `batch`: most records in one call of the sink. */
  openSource(options: { finite?: boolean; batch?: number } = {}): MemorySource {
    return new MemorySource(this, options.finite ?? false, options.batch ?? 100);
  }

  openLog(hook?: CrashHook): StateLog {
    return new MemoryLog(this, hook);
  }
}

interface MemoryFeed {
  started: boolean;
  held: boolean;
  full: boolean;
  at: number;
  positions: Positions;
}

/** Delivers in turns of the event loop; `reassign` plays a rebalance. */
export class MemorySource implements Source {
  readonly #adapter: MemoryAdapter;
  readonly #finite: boolean;
  readonly #batch: number;
  #feeds: MemoryFeed[] = [];
  #epoch = 0;
  #sink: SourceSink | undefined;
  #wake: (() => void) | undefined;

  constructor(adapter: MemoryAdapter, finite: boolean, batch: number) {
    this.#adapter = adapter;
    this.#finite = finite;
    this.#batch = batch;
  }

  async run(sink: SourceSink, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#sink = sink;
    this.#adapter.sources.add(this);
    signal.addEventListener('abort', () => this.wake(), { once: true });
    this.#assign(sink);
    while (!signal.aborted && !(this.#finite && this.#isDone())) {
      const idle = !this.#deliverOnce(sink);
      await (idle && !(this.#finite && this.#isDone()) ? this.#sleep(signal) : new Promise(setImmediate));
    }
    this.#adapter.sources.delete(this);
    this.#sink = undefined;
    this.#feeds = [];
  }

  start(partition: number, positions: Positions): void {
    const feed = this.#feeds[partition];
    if (feed === undefined) return;
    Object.assign(feed, { started: true, full: false, at: 0, positions });
    this.wake();
  }

  pause(partition: number): void {
    const feed = this.#feeds[partition];
    if (feed !== undefined) feed.held = true;
  }

  resume(partition: number): void {
    const feed = this.#feeds[partition];
    if (feed === undefined) return;
    feed.held = false;
    feed.full = false;
    this.wake();
  }

  /** Takes all partitions away and gives them back under the next epoch. */
  reassign(): void {
    if (this.#sink === undefined) return;
    this.#sink.revoked(this.#feeds.map((_, partition) => partition));
    this.#assign(this.#sink);
  }

  /** Gives the same partitions again under the next epoch, as a rebalance does that changes nothing for this member. */
  renew(): void {
    if (this.#sink !== undefined) this.#assign(this.#sink);
    this.wake();
  }

  wake(): void {
    this.#wake?.();
  }

  #assign(sink: SourceSink): void {
    this.#epoch += 1;
    const idle: MemoryFeed = { started: false, held: false, full: false, at: 0, positions: new Map() };
    this.#feeds = this.#adapter.input.map(() => ({ ...idle }));
    sink.assigned([...this.#feeds.keys()], { epoch: this.#epoch });
  }

  #isDone(): boolean {
    return this.#feeds.every((feed, partition) => feed.started && feed.at >= this.#inputOf(partition).length);
  }

  #inputOf(partition: number): readonly RawRecord[] {
    return this.#adapter.input[partition] ?? [];
  }

  /** One batch a partition; false when there was nothing to deliver. */
  #deliverOnce(sink: SourceSink): boolean {
    let moved = false;
    for (const [partition, feed] of [...this.#feeds.entries()]) {
      if (feed !== this.#feeds[partition] || !feed.started || feed.held || feed.full) continue;
      const next = this.#inputOf(partition).slice(feed.at, feed.at + this.#batch);
      if (next.length === 0) continue;
      moved = true;
      feed.at += next.length;
      const records = next.filter((record) => record.offset >= (feed.positions.get(record.topic) ?? 0));
      if (records.length > 0 && sink.records(partition, records) <= 0) feed.full = true;
    }
    return moved;
  }

  async #sleep(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Commits by replacing map entries; passes the crash points in the order of a real commit. */
class MemoryLog implements StateLog {
  readonly #adapter: MemoryAdapter;
  readonly #hook: CrashHook | undefined;
  readonly #epochs = new Map<number, number>();
  readonly #mustRestore = new Set<number>();
  /** What this log last read or wrote of a partition. */
  readonly #left = new Map<number, MemoryPartition | undefined>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(adapter: MemoryAdapter, hook: CrashHook | undefined) {
    this.#adapter = adapter;
    this.#hook = hook;
  }

  async restore(
    partition: number,
    onSession: (sessionId: string, value: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<PartitionMeta | undefined> {
    await this.#last.catch(() => undefined);
    if (signal.aborted) throw new TollgateError('aborted', 'stopped before the end');
    this.#hook?.('restore:before');
    const entry = this.#adapter.committed.get(partition);
    for (const [sessionId, value] of entry?.sessions ?? []) onSession(sessionId, Uint8Array.from(value));
    this.#hook?.('restore:after');
    this.#mustRestore.delete(partition);
    this.#left.set(partition, entry);
    return entry?.meta;
  }

  async isCurrent(partition: number): Promise<boolean> {
    return this.#left.has(partition) && this.#left.get(partition) === this.#adapter.committed.get(partition);
  }

  commit(changes: readonly PartitionChanges[], signal: AbortSignal): Promise<void> {
    const mine = this.#last.catch(() => undefined).then(() => this.#commit(changes, signal));
    this.#last = mine;
    return mine;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
  }

  async #commit(changes: readonly PartitionChanges[], signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new TollgateError('aborted', 'stopped before the end');
    for (const change of changes) this.#admit(change);
    try {
      this.#hook?.('commit:before');
      const next = new Map(this.#adapter.committed);
      for (const change of changes) next.set(change.partition, append(next.get(change.partition), change));
      await Promise.resolve();
      for (const point of ['outputs-partly-written', 'outputs-written', 'state-written', 'before-rename'] as const) {
        this.#hook?.(`commit:${point}`);
      }
      for (const [partition, entry] of next) this.#adapter.committed.set(partition, entry);
      for (const { partition } of changes) this.#left.set(partition, next.get(partition));
      this.#adapter.commits += 1;
      this.#hook?.('commit:after-rename');
      this.#hook?.('commit:after');
    } catch (thrown) {
      for (let partition = 0; partition < this.#adapter.partitions; partition++) this.#mustRestore.add(partition);
      this.#left.clear();
      throw thrown;
    }
  }

  #admit({ partition, assignment }: PartitionChanges): void {
    const seen = this.#epochs.get(partition) ?? assignment.epoch;
    if (assignment.epoch < seen) throw new TollgateError('commit_failed', `assignment ${assignment.epoch} is over`);
    if (this.#mustRestore.has(partition)) throw new TollgateError('commit_failed', `restore partition ${partition}`);
    this.#epochs.set(partition, assignment.epoch);
  }
}

function append(before: MemoryPartition | undefined, change: PartitionChanges): MemoryPartition {
  const sessions = new Map(before?.sessions ?? []);
  for (const { sessionId, value } of change.sessions) {
    if (value === null) sessions.delete(sessionId);
    else sessions.set(sessionId, Uint8Array.from(value));
  }
  const letters = change.deadLetters.map(({ code, source }) => {
    const record = change.sources[source];
    if (record === undefined) throw new RangeError('a dead letter without a source');
    return { code, source: record };
  });
  return {
    decisions: [...(before?.decisions ?? []), ...valuesOf(change.decisions)],
    audit: [...(before?.audit ?? []), ...valuesOf(change.audit)],
    deadLetters: [...(before?.deadLetters ?? []), ...letters],
    sessions,
    meta: change.meta,
  };
}
