import type { Positions, Source, SourceSink } from '../pipeline/ports.ts';
import type { History, HistoryTopics } from './history.ts';
import { HistoryFeed } from './history-feed.ts';
import { HistoryRounds } from './history-rounds.ts';
import { NO_REMARKS, type OrderRemarks } from './order-remarks.ts';
import { PartitionHistory } from './partition-history.ts';

export interface HistorySourceOptions {
  readonly history: History;
  readonly topics: HistoryTopics;
  /** Those that are judged, each by itself: sessions lie in one. */
  readonly partitions: readonly number[];
  /** Records of one partition that follow each other in the output. */
  readonly chunkRecords?: number;
  /** Most bytes that wait here for partitions that are paused; beyond it reading stops. */
  readonly maxBufferedBytes?: number;
}

const CHUNK_RECORDS = 512;
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/**
 * A finite source over topics. It ends when everything was delivered.
 *
 * 1. Ordinals are the order of one pass over all partitions (`HistoryRounds`), the same in each pass.
 * 2. A pass begins when all partitions are started. It ends early, and another begins, when one of them is started again;
 *    each partition skips what it was handed already.
 * 3. `run` may be called again after it ended: it is a new assignment with a higher epoch.
 */
export class HistorySource implements Source {
  readonly #options: HistorySourceOptions;
  #feeds: ReadonlyMap<number, HistoryFeed> = new Map();
  #epoch = 0;
  #isStale = false;
  #rounds: HistoryRounds | undefined;
  #isWoken = false;
  #wake: () => void = () => undefined;

  constructor(options: HistorySourceOptions) {
    this.#options = options;
  }

  /** About the last pass; after `run` has ended, about everything. */
  get remarks(): OrderRemarks {
    return this.#rounds?.remarks ?? NO_REMARKS;
  }

  async run(sink: SourceSink, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { partitions } = this.#options;
    this.#feeds = new Map(partitions.map((partition) => [partition, new HistoryFeed(partition)]));
    const onAbort = () => this.#ring();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      sink.assigned(partitions, { epoch: ++this.#epoch });
      while (!signal.aborted && !(await this.#pass(sink, signal)));
    } catch (thrown) {
      // A request that the signal ended is no failure.
      if (!signal.aborted) throw thrown;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#feeds = new Map();
    }
  }

  start(partition: number, positions: Positions): void {
    this.#isStale = true;
    this.#feeds.get(partition)?.start(positions);
    this.#ring();
  }

  pause(partition: number): void {
    this.#feeds.get(partition)?.pause();
  }

  resume(partition: number): void {
    this.#feeds.get(partition)?.resume();
    this.#ring();
  }

  /** Goes through the history once. True when all of it was delivered; false when a partition begins anew, or at the signal. */
  async #pass(sink: SourceSink, signal: AbortSignal): Promise<boolean> {
    const feeds = [...this.#feeds.values()];
    while (!signal.aborted && feeds.some(({ isStarted }) => !isStarted)) await this.#rung();
    this.#isStale = false;
    for (const feed of feeds) feed.drop();
    const rounds = this.#beginRounds(signal);
    for (let isRead = false; !signal.aborted && !this.#isStale; ) {
      for (const feed of feeds) feed.deliver(sink);
      const waitingBytes = feeds.reduce((sum, feed) => sum + feed.waitingBytes, 0);
      if (isRead && waitingBytes === 0) return !this.#isStale;
      if (isRead || waitingBytes > (this.#options.maxBufferedBytes ?? MAX_BUFFERED_BYTES)) {
        await this.#rung();
        continue;
      }
      const chunk = await rounds.next();
      if (chunk === undefined) isRead = true;
      else if (!this.#isStale) this.#feeds.get(chunk.partition)?.push(chunk.records);
    }
    return false;
  }

  #beginRounds(signal: AbortSignal): HistoryRounds {
    const { history, topics, partitions, chunkRecords = CHUNK_RECORDS } = this.#options;
    const each = partitions.map((partition) => new PartitionHistory(history, topics, partition, signal));
    this.#rounds = new HistoryRounds(each, chunkRecords);
    return this.#rounds;
  }

  #ring(): void {
    this.#isWoken = true;
    this.#wake();
  }

  /** Resolves after the next ring, or one since the last wait. */
  async #rung(): Promise<void> {
    if (!this.#isWoken) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isWoken = false;
  }
}
