import { setTimeout } from 'node:timers/promises';
import { TollgateError } from '../../domain/errors.ts';
import { kafkaAnswer, kafkaError } from '../kafka-error.ts';
import type { KafkaCluster } from '../kafkajs.ts';
import { type FetchedPartition, type FetchedRecord, fetchPartitions } from '../mends/fetch.ts';
import { needing } from '../missing-right.ts';
import { followLeaders, type LeaderTask, leadersOf } from '../partition-leader.ts';
import type { Stretch } from '../partition-reader.ts';

/** The broker answers at once: while one cursor waits, others of the same cluster must not. */
const MAX_WAIT_MS = 0;
const FIRST_DELAY_MS = 2;
const MAX_DELAY_MS = 100;
const OUT_OF_RANGE = 'OFFSET_OUT_OF_RANGE';

/**
 * Reads a stretch of a partition as it was committed, when it is asked for more.
 *
 * 1. `#offset` is where to fetch next: behind everything that was looked at, also what is no committed record.
 * 2. Holds nothing between two calls of `read`; one response has `maxBytes`, or a single larger batch.
 */
export class HistoryCursor {
  readonly #cluster: KafkaCluster;
  readonly #stretch: Stretch;
  readonly #maxBytes: number;
  readonly #task: LeaderTask;
  #offset: number;

  constructor(cluster: KafkaCluster, stretch: Stretch, maxBytes: number, signal: AbortSignal) {
    const { topic, partition, from } = stretch;
    this.#cluster = cluster;
    this.#stretch = stretch;
    this.#maxBytes = maxBytes;
    this.#task = { what: `reading ${topic}/${partition}`, topic, signal };
    this.#offset = from;
  }

  /**
   * The next records, at least one; undefined at the end of the stretch. Waits for transactions that are open below the
   * end. Throws `input_unreadable` for records that were deleted since the stretch was measured, else as `kafkaError`.
   */
  async read(): Promise<readonly FetchedRecord[] | undefined> {
    const { to } = this.#stretch;
    for (let delayMs = FIRST_DELAY_MS; this.#offset < to; ) {
      const fetched = await followLeaders(this.#cluster, this.#task, () => this.#fetch());
      const { records, nextOffset, byteLength, lastStableOffset } = fetched ?? NOTHING;
      // Nothing is there, up to a last stable offset that lies behind the stretch: the rest was compacted away.
      const isAtEnd = byteLength === 0 && lastStableOffset >= to;
      const hasMoved = nextOffset > this.#offset;
      this.#offset = isAtEnd ? to : Math.max(this.#offset, nextOffset);
      const wanted = records.filter(({ offset }) => offset < to);
      if (wanted.length > 0) return wanted;
      if (!hasMoved && !isAtEnd) delayMs = await this.#pause(delayMs);
    }
    return undefined;
  }

  /** Undefined when the leader has no answer for the partition, which is how it throttles. */
  async #fetch(): Promise<FetchedPartition | undefined> {
    const { topic, partition } = this.#stretch;
    const nodeId = leadersOf(this.#cluster, topic, [partition])[0]?.nodeId ?? '';
    const leader = await this.#cluster.findBroker({ nodeId });
    const maxBytes = this.#maxBytes;
    const target = { topic, partition, offset: this.#offset, maxBytes };
    const options = { maxWaitMs: MAX_WAIT_MS, minBytes: 1, maxBytes, isolation: 'read_committed' } as const;
    const [fetched] = await fetchPartitions(leader, [target], options);
    if (fetched?.errorType === OUT_OF_RANGE) throw deleted(this.#stretch, this.#offset);
    if (fetched?.errorType !== undefined)
      throw kafkaAnswer(fetched.errorType, this.#task.what, needing({}, 'READ', topic));
    return fetched;
  }

  async #pause(delayMs: number): Promise<number> {
    const { signal, what } = this.#task;
    await setTimeout(delayMs, undefined, { signal }).catch((thrown: unknown) => {
      throw kafkaError(thrown, what);
    });
    return Math.min(2 * delayMs, MAX_DELAY_MS);
  }
}

/** In place of an answer that did not come. */
const NOTHING = { records: [], nextOffset: 0, byteLength: 0, lastStableOffset: -1 } as const;

function deleted({ topic, partition }: Stretch, offset: number): TollgateError {
  return new TollgateError('input_unreadable', `the record at offset ${offset} was deleted while it was to be read`, {
    where: `${topic}/${partition}`,
    next: 'start again: what is left is read from its beginning; to keep more, raise `retention.ms` of the topic',
  });
}
