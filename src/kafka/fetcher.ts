import { setTimeout } from 'node:timers/promises';
import { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';
import type { Feed } from './feed.ts';
import { OUT_OF_RANGE, partitionError, topicDeleted } from './feed-error.ts';
import { kafkaError } from './kafka-error.ts';
import type { KafkaBroker, KafkaCluster } from './kafkajs.ts';
import { type FetchedPartition, fetchPartitions } from './mends/fetch.ts';
import { type FeedTurn, Vouchers } from './vouchers.ts';

export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly bytesPerPartition: number;
  readonly maxBytes: number;
}

export interface FetcherOptions {
  readonly cluster: KafkaCluster;
  readonly limits: FetchLimits;
  readonly logger: Logger;
  /** All feeds, also those that want nothing now. */
  readonly feeds: () => Iterable<Feed>;
  /**
   * Rejects when the broker that just served these feeds knows one of their topics as another than the one that they are
   * positions of.
   */
  readonly verify: (broker: KafkaBroker, feeds: readonly Feed[]) => Promise<void>;
  /** Takes what was fetched for a feed that still stands where it was asked for. */
  readonly deliver: (feed: Feed, fetched: FetchedPartition) => void;
}

const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 2_000;
/** A topic that stays unknown for so many looks in a row, about 20 s of them, was deleted. */
const MAX_UNKNOWN = 12;

const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';

/** Per-partition answers that pass when the metadata are read again. */
const MOVED: ReadonlySet<string> = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'KAFKA_STORAGE_ERROR',
  UNKNOWN_TOPIC,
  'OFFSET_NOT_AVAILABLE',
  'UNKNOWN',
]);

/** Failures in a row; `unknown` of them said that a topic is not there. */
interface Trouble {
  failures: number;
  unknown: number;
}

/**
 * Fetches what the feeds want, from each leader with one request at a time; the next goes out as soon as one was delivered.
 *
 * 1. What arrives for a feed that was started anew meanwhile is thrown away.
 * 2. Failures of brokers and moves of leaders are retried for ever, with a growing pause and a word each time; what no
 *    retry mends (a position out of range, a deleted topic, a missing right) ends `run`.
 * 3. No topic that was made anew is taken for the former one for long: what a feed is given first, and first after its topic
 *    was unknown, is delivered only when the topic was verified with the leader that gave it; later ones every 2 s.
 * 4. Who is asked for first changes with each request, since brokers fill an answer from the front.
 */
export class Fetcher {
  readonly #options: FetcherOptions;
  /** Leaders with a request under way. */
  readonly #busy = new Set<string>();
  /** By leader, since the last success with it: one that is well must not hide that another is not. */
  readonly #troubles = new Map<string, Trouble>();
  readonly #vouchers = new Vouchers();
  #rounds = 0;
  #fatal: TollgateError | undefined;
  #wake: () => void = () => undefined;

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  /** Looks again what is wanted. */
  wake(): void {
    this.#wake();
  }

  /** Fetches until the signal aborts; rejects with what ends it. Nothing is delivered after it settled. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!signal.aborted && this.#fatal === undefined) {
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        for (const [leader, feeds] of this.#wanting()) this.#begin(leader, feeds, signal);
        await woken;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    if (this.#fatal !== undefined) throw this.#fatal;
  }

  #wanting(): ReadonlyMap<string, Feed[]> {
    const byLeader = new Map<string, Feed[]>();
    for (const feed of this.#options.feeds()) {
      if (!feed.isWanting) continue;
      const leader = this.#leaderOf(feed);
      if (this.#busy.has(leader)) continue;
      const feeds = byLeader.get(leader);
      if (feeds === undefined) byLeader.set(leader, [feed]);
      else feeds.push(feed);
    }
    return byLeader;
  }

  /** Empty while no leader is known: such feeds wait together for new metadata. */
  #leaderOf({ topic, partition }: Feed): string {
    try {
      return Object.keys(this.#options.cluster.findLeaderForPartitions(topic, [partition]))[0] ?? '';
    } catch {
      return '';
    }
  }

  #begin(leader: string, feeds: readonly Feed[], signal: AbortSignal): void {
    this.#busy.add(leader);
    const first = this.#rounds++ % feeds.length;
    const asked = [...feeds.slice(first), ...feeds.slice(0, first)].map((feed) => ({ feed, turn: feed.turn }));
    this.#fetch(leader, asked, signal)
      .then((fetched) => {
        if (!signal.aborted) this.#accept(leader, asked, fetched);
      })
      .catch((thrown: unknown) => this.#retry(leader, thrown, signal))
      .catch((thrown: unknown) => {
        if (!signal.aborted) this.#fatal ??= TollgateError.from(thrown);
      })
      .finally(() => {
        this.#busy.delete(leader);
        this.#wake();
      });
  }

  async #fetch(leader: string, asked: readonly FeedTurn[], signal: AbortSignal): Promise<readonly FetchedPartition[]> {
    const { cluster, limits } = this.#options;
    if (leader === '') {
      for (const { feed } of asked) this.#vouchers.withdraw(feed);
      throw new TollgateError('broker_unreachable', 'no leader is known', { retryable: true });
    }
    const broker = await cluster.findBroker({ nodeId: leader });
    signal.throwIfAborted();
    const { maxWaitMs, maxBytes, bytesPerPartition } = limits;
    const targets = asked.map(({ feed: { topic, partition, next } }) => {
      return { topic, partition, offset: next, maxBytes: bytesPerPartition };
    });
    const options = { maxWaitMs, minBytes: 1, maxBytes, isolation: 'read_committed' } as const;
    const fetched = await fetchPartitions(broker, targets, options);
    await this.#verify(broker, asked, fetched);
    return fetched;
  }

  async #verify(broker: KafkaBroker, asked: readonly FeedTurn[], fetched: readonly FetchedPartition[]): Promise<void> {
    const served: FeedTurn[] = [];
    for (const part of fetched) {
      const found = askedFor(asked, part);
      if (found === undefined || found.feed.turn !== found.turn) continue;
      if (part.errorType === UNKNOWN_TOPIC) this.#vouchers.withdraw(found.feed);
      // A position that is out of range may be one of the former topic: it is better to say that.
      const isOut = part.errorType === OUT_OF_RANGE;
      if (isOut || (part.errorType === undefined && !this.#vouchers.isVouched(found))) served.push(found);
    }
    if (served.length === 0) return;
    await this.#options.verify(
      broker,
      served.map(({ feed }) => feed),
    );
    this.#vouchers.vouch(served);
  }

  #accept(leader: string, asked: readonly FeedTurn[], fetched: readonly FetchedPartition[]): void {
    let moved: string | undefined;
    let unknown: Feed | undefined;
    for (const part of fetched) {
      const found = askedFor(asked, part);
      if (found === undefined || found.feed.turn !== found.turn) continue;
      if (part.errorType === undefined) this.#options.deliver(found.feed, part);
      else if (MOVED.has(part.errorType)) {
        moved = part.errorType;
        if (moved === UNKNOWN_TOPIC) unknown = found.feed;
      } else throw partitionError(found.feed, part);
    }
    if (moved === undefined) {
      this.#troubles.delete(leader);
      return;
    }
    const trouble = this.#troubleWith(leader);
    trouble.unknown = unknown === undefined ? 0 : trouble.unknown + 1;
    if (unknown !== undefined && trouble.unknown > MAX_UNKNOWN) throw topicDeleted(unknown);
    throw new TollgateError('broker_unreachable', `partitions have moved: ${moved}`, { retryable: true });
  }

  #troubleWith(leader: string): Trouble {
    const trouble = this.#troubles.get(leader) ?? { failures: 0, unknown: 0 };
    this.#troubles.set(leader, trouble);
    return trouble;
  }

  async #retry(leader: string, thrown: unknown, signal: AbortSignal): Promise<void> {
    const error = kafkaError(thrown, 'fetching');
    if (signal.aborted) return;
    if (!error.retryable) throw error;
    const trouble = this.#troubleWith(leader);
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** trouble.failures, MAX_DELAY_MS);
    trouble.failures++;
    this.#options.logger.warn({ err: error, delay_ms: delayMs }, 'fetching failed: trying again');
    await setTimeout(delayMs, undefined, { signal }).catch(() => undefined);
    await this.#options.cluster.refreshMetadata().catch((failed: unknown) => {
      this.#options.logger.debug({ err: failed }, 'metadata could not be read');
    });
  }
}

function askedFor(asked: readonly FeedTurn[], { topic, partition }: FetchedPartition): FeedTurn | undefined {
  return asked.find(({ feed }) => feed.topic === topic && feed.partition === partition);
}
