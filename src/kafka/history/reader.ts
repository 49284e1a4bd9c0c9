import type { Kafka } from 'kafkajs';
import { TollgateError } from '../../domain/errors.ts';
import { type KafkaCluster, openCluster } from '../kafkajs.ts';
import { endOffsets, type OffsetKind, type Stretch, startOffsets } from '../partition-reader.ts';
import { HistoryCursor } from './cursor.ts';

/** A topic to be read, and up to where: as it ends when it is opened. */
export interface HistoryTopic {
  readonly topic: string;
  /** `last_stable`: what is committed now. `high_watermark`: also what open transactions are about to commit. */
  readonly end: Exclude<OffsetKind, 'earliest'>;
}

/** What all cursors that are open at one time may hold together, and the least and the most of one of them. */
const ALL_CURSORS_BYTES = 64 * 1024 * 1024;
const MIN_CURSOR_BYTES = 64 * 1024;
const MAX_CURSOR_BYTES = 1024 * 1024;

/**
 * What topics hold now, as committed and without a group.
 *
 * 1. Ends are found once, in the order in which the topics are given: every reading of a stretch gives the same records.
 */
export class HistoryReader {
  readonly #cluster: KafkaCluster;
  readonly #stretches: ReadonlyMap<string, Stretch>;

  private constructor(cluster: KafkaCluster, stretches: ReadonlyMap<string, Stretch>) {
    this.#cluster = cluster;
    this.#stretches = stretches;
  }

  /** Connects, and finds where these partitions of the topics begin and end. The caller closes it. Throws as `kafkaError`. */
  static async open(
    kafka: Kafka,
    topics: readonly HistoryTopic[],
    partitions: readonly number[],
    signal: AbortSignal,
  ): Promise<HistoryReader> {
    const cluster = await openCluster(kafka);
    try {
      const stretches = new Map<string, Stretch>();
      for (const topic of topics) {
        for (const stretch of await measure(cluster, topic, partitions, signal))
          stretches.set(nameOf(stretch), stretch);
      }
      return new HistoryReader(cluster, stretches);
    } catch (thrown) {
      await cluster.disconnect();
      throw thrown;
    }
  }

  /** From the first record that is kept up to the end that was found. */
  stretch(topic: string, partition: number): Stretch {
    const found = this.#stretches.get(nameOf({ topic, partition }));
    if (found === undefined) throw new RangeError(`${topic}/${partition} was not opened`);
    return found;
  }

  /** Reads a stretch from its beginning. */
  read(stretch: Stretch, signal: AbortSignal): HistoryCursor {
    const share = Math.floor(ALL_CURSORS_BYTES / this.#stretches.size);
    const maxBytes = Math.min(MAX_CURSOR_BYTES, Math.max(MIN_CURSOR_BYTES, share));
    return new HistoryCursor(this.#cluster, stretch, maxBytes, signal);
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect();
  }
}

async function measure(
  cluster: KafkaCluster,
  { topic, end }: HistoryTopic,
  partitions: readonly number[],
  signal: AbortSignal,
): Promise<readonly Stretch[]> {
  const ends = await endOffsets(cluster, topic, partitions, end, signal);
  const starts = await startOffsets(cluster, topic, partitions, signal);
  return partitions.map((partition) => {
    const from = starts.get(partition);
    const to = ends.get(partition);
    if (from === undefined || to === undefined) throw noOffset(topic, partition);
    return { topic, partition, from, to: Math.max(from, to) };
  });
}

function noOffset(topic: string, partition: number): TollgateError {
  return new TollgateError('broker_unreachable', 'the brokers do not say where the partition begins and ends', {
    where: `${topic}/${partition}`,
    next: 'see `tollgate topics check`',
    retryable: true,
  });
}

function nameOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`;
}
