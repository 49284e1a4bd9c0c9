import type { Positions } from '../pipeline/ports.ts';
import type { KafkaCluster } from './kafkajs.ts';
import { endOffsets, startOffsets } from './partition-reader.ts';

/**
 * Where topics are read that a partition never committed a position of: at their beginning or their end, as configured. The
 * log commits it before anything is read, so that `latest` means the end as it was then, and not whatever came while no
 * process was there.
 */
export class StartPositions {
  readonly #cluster: KafkaCluster;
  readonly #topics: readonly string[];
  readonly #startFrom: 'earliest' | 'latest';
  readonly #signal: AbortSignal;

  constructor(cluster: KafkaCluster, topics: readonly string[], startFrom: 'earliest' | 'latest', signal: AbortSignal) {
    this.#cluster = cluster;
    this.#topics = topics;
    this.#startFrom = startFrom;
    this.#signal = signal;
  }

  /** The positions with those added that are absent; the same object when none is. */
  async complete(partition: number, positions: Positions): Promise<Positions> {
    const absent = this.#topics.filter((topic) => !positions.has(topic));
    if (absent.length === 0) return positions;
    const found = await Promise.all(absent.map(async (topic) => [topic, await this.#find(topic, partition)] as const));
    return new Map([...positions, ...found]);
  }

  async #find(topic: string, partition: number): Promise<number> {
    const offsets =
      this.#startFrom === 'earliest'
        ? await startOffsets(this.#cluster, topic, [partition], this.#signal)
        : await endOffsets(this.#cluster, topic, [partition], 'last_stable', this.#signal);
    const offset = offsets.get(partition);
    if (offset === undefined) throw new Error(`no offset was given for ${topic}/${partition}`);
    return offset;
  }
}
