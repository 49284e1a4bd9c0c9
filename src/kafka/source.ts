import { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';
import type { RawRecord } from '../domain/record.ts';
import type { Positions, Source, SourceSink } from '../pipeline/ports.ts';
import { Feed } from './feed.ts';
import { Fetcher, type FetchLimits } from './fetcher.ts';
import { kafkaError } from './kafka-error.ts';
import type { KafkaCluster } from './kafkajs.ts';
import type { KnownTopics } from './known-topics.ts';
import type { Lag } from './lag.ts';
import type { Membership } from './membership.ts';
import type { FetchedPartition } from './mends/fetch.ts';
import type { StartPositions } from './start-positions.ts';

export interface KafkaSourceOptions {
  readonly cluster: KafkaCluster;
  readonly membership: Membership;
  readonly topics: readonly string[];
  /** The one topic whose records are trusted. */
  readonly controlTopic: string;
  readonly starts: StartPositions;
  readonly knownTopics: Pick<KnownTopics, 'verify'>;
  readonly limits: FetchLimits;
  readonly logger: Logger;
  readonly lag: Lag;
  readonly nowMs: () => number;
}

/**
 * A `Source` over the topics of a consumer group: one partition number of all topics together is one partition.
 *
 * 1. A partition is fetched from `start` on, from exactly the positions given; assignment alone starts nothing.
 * 2. A revocation, a new assignment and a new start each void what was fetched before.
 * 3. The membership outlives `run`: what is in hand when it ends is still committed under it.
 */
export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  readonly #fetcher: Fetcher;
  /** By partition: one feed a topic. */
  readonly #feeds = new Map<number, readonly Feed[]>();
  readonly #held = new Set<number>();
  #sink: SourceSink | undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(options: KafkaSourceOptions) {
    this.#options = options;
    const { cluster, limits, logger, knownTopics } = options;
    this.#fetcher = new Fetcher({
      cluster,
      limits,
      logger,
      feeds: () => [...this.#feeds.values()].flat(),
      verify: (broker, feeds) => knownTopics.verify(broker, feeds),
      deliver: (feed, fetched) => this.#deliver(feed, fetched),
    });
  }

  async run(sink: SourceSink, signal: AbortSignal): Promise<void> {
    const { membership } = this.#options;
    const failing = new AbortController();
    this.#fail = (error) => failing.abort(error);
    const end = AbortSignal.any([signal, failing.signal, membership.failed]);
    if (signal.aborted) return;
    this.#sink = sink;
    try {
      const opened = membership.open({
        joined: ({ partitions, epoch }) => this.#assign(partitions, epoch),
        lost: () => this.#revoke([...this.#feeds.keys()]),
      });
      await unlessAborted(opened, end);
      await this.#fetcher.run(end);
    } finally {
      membership.silence();
      this.#sink = undefined;
      for (const feed of [...this.#feeds.values()].flat()) feed.stop();
    }
    if (membership.failed.aborted) throw TollgateError.from(membership.failed.reason);
    if (failing.signal.aborted) throw TollgateError.from(failing.signal.reason);
  }

  start(partition: number, positions: Positions): void {
    const feeds = this.#feeds.get(partition);
    if (feeds === undefined) return;
    // From now on nothing comes from where they stood before, and an earlier start that still looks for positions is void.
    for (const feed of feeds) {
      feed.stop();
      feed.isPaused = this.#held.has(partition);
    }
    const turns = feeds.map((feed) => feed.turn);
    const isWanted = () => this.#feeds.get(partition) === feeds && feeds.every((feed, i) => feed.turn === turns[i]);
    this.#complete(partition, positions, isWanted).then(
      (complete) => {
        if (complete === undefined || !isWanted()) return;
        for (const feed of feeds) this.#begin(feed, complete.get(feed.topic) ?? 0);
        this.#fetcher.wake();
      },
      (thrown: unknown) => this.#fail(thrown),
    );
  }

  /** Positions of all topics; undefined when they are wanted no longer. While nobody answers it asks again. */
  async #complete(partition: number, positions: Positions, isWanted: () => boolean): Promise<Positions | undefined> {
    const { starts, logger } = this.#options;
    while (isWanted()) {
      try {
        return await starts.complete(partition, positions);
      } catch (thrown) {
        const error = kafkaError(thrown, `looking where partition ${partition} begins`);
        if (error.code !== 'broker_unreachable') throw error;
        logger.warn({ partition, err: error }, 'where the partition begins cannot be told yet: trying again');
      }
    }
    return undefined;
  }

  #begin(feed: Feed, offset: number): void {
    feed.start(offset);
    this.#options.lag.started(feed.topic, feed.partition, offset);
  }

  pause(partition: number): void {
    this.#held.add(partition);
    for (const feed of this.#feeds.get(partition) ?? []) feed.isPaused = true;
  }

  resume(partition: number): void {
    this.#held.delete(partition);
    const feeds = this.#feeds.get(partition) ?? [];
    for (const feed of feeds) feed.isPaused = false;
    for (const feed of feeds) this.#release(feed);
    this.#fetcher.wake();
  }

  #assign(partitions: readonly number[], epoch: number): void {
    const kept = new Set(partitions);
    this.#revoke([...this.#feeds.keys()].filter((partition) => !kept.has(partition)));
    for (const partition of partitions) {
      for (const feed of this.#feeds.get(partition) ?? []) feed.stop();
      this.#held.delete(partition);
      this.#feeds.set(
        partition,
        this.#options.topics.map((topic) => new Feed(topic, partition)),
      );
    }
    this.#sink?.assigned(partitions, { epoch });
  }

  #revoke(partitions: readonly number[]): void {
    if (partitions.length === 0) return;
    for (const partition of partitions) {
      for (const feed of this.#feeds.get(partition) ?? []) {
        feed.stop();
        this.#options.lag.revoked(feed.topic, partition);
      }
      this.#feeds.delete(partition);
      this.#held.delete(partition);
    }
    this.#sink?.revoked(partitions);
  }

  /** Delivers, or holds what arrived for a paused partition until it is resumed. */
  #deliver(feed: Feed, fetched: FetchedPartition): void {
    this.#options.lag.highWatermark(feed.topic, feed.partition, fetched.highWatermark);
    if (feed.isPaused) {
      feed.held = fetched;
      return;
    }
    feed.next = fetched.nextOffset;
    const records = this.#recordsOf(feed, fetched);
    if (records.length === 0 || this.#sink === undefined) return;
    if (this.#sink.records(feed.partition, records) > 0) return;
    for (const other of this.#feeds.get(feed.partition) ?? []) other.isPaused = true;
  }

  #release(feed: Feed): void {
    const { held } = feed;
    if (held === undefined || feed.isPaused) return;
    feed.held = undefined;
    this.#deliver(feed, held);
  }

  #recordsOf(feed: Feed, { records, nextOffset }: FetchedPartition): readonly RawRecord[] {
    const { topic } = feed;
    const trusted = topic === this.#options.controlTopic;
    const receivedMs = this.#options.nowMs();
    const last = records.length - 1;
    return records.map(({ offset, timestampMs, key, value, headers }, i) => {
      // What follows the last one of a response: control records are no input, and are passed with it.
      const next = i === last ? nextOffset : offset + 1;
      const record = { topic, offset, nextOffset: next, timestampMs, receivedMs, key, value, trusted };
      return headers === undefined ? record : { ...record, headers };
    });
  }
}

/** Settles as the work does, or resolves when the signal aborts: the work goes on then, and its end is nobody's concern. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([work, aborted]);
}
