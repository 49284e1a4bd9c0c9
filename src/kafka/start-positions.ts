import type { Positions } from '../pipeline/ports.ts';
import type { KafkaCluster } from './kafkajs.ts';
import { endOffsets, startOffsets } from './partition-reader.ts';

/**
 * Where topics are read that a partition never committed a position of: at their beginning or their end, as configured.
 * Found once, and committed with the partition's first transaction, so that `latest` means the end as it was then, and not
 * whatever came while a process was away.
 */
export class StartPositions {
  readonly #cluster: KafkaCluster;
  readonly #topics: readonly string[];
  readonly #startFrom: 'earliest' | 'latest';
  readonly #signal: AbortSignal;
  readonly #found = new Map<number, Positions>();

  constructor(cluster: KafkaCluster, topics: readonly string[], startFrom: 'earliest' | 'latest', signal: AbortSignal) {
    this.#cluster = cluster;
    this.#topics = topics;
    this.#startFrom = startFrom;
    this.#signal = signal;
  }

  /** What was found for a partition. */
  of(partition: number): Positions {
    return this.#found.get(partition) ?? new Map();
  }

  /** The positions with those added that are absent. */
  async complete(partition: number, positions: Positions): Promise<Positions> {
    const complete = new Map([...this.of(partition), ...positions]);
    for (const topic of this.#topics) {
      if (!complete.has(topic)) complete.set(topic, await this.#find(topic, partition));
    }
    this.#found.set(partition, new Map([...complete].filter(([topic]) => !positions.has(topic))));
    return complete;
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
