import { TollgateError } from '../domain/errors.ts';
import type { Positions } from '../pipeline/ports.ts';
import { kafkaAnswer } from './kafka-error.ts';
import type { KafkaBroker, KafkaCluster } from './kafkajs.ts';
import { askTopicIds, readTopicIds, type TopicIds } from './topic-ids.ts';

/** What a partition's meta record says, and which partition of the changelog it lies in. */
export interface KnownPlace {
  readonly topic: string;
  readonly partition: number;
  readonly positions: Positions;
  readonly topicIds: TopicIds;
}

/**
 * Which topics the positions of each partition are of, by their ids: an offset of a topic that was deleted and made anew means
 * other records, and what lies before it would never be judged. Brokers without ids (before Kafka 2.8) give nothing to compare.
 *
 * 1. What was known of a partition's topic is never replaced by another id, unless its meta record says the other: that is
 *    how a repair is taken note of.
 * 2. So what is committed with a position is the id of the topic that it was taken from.
 */
export class KnownTopics {
  readonly #topics: readonly string[];
  /** By partition: of the topics that are read, and of those that its meta record names beside them. */
  readonly #known = new Map<number, TopicIds>();

  /** `topics`: those that are read. */
  constructor(topics: readonly string[]) {
    this.#topics = topics;
  }

  /** Of the topics that the positions of a partition are of; empty before its first `restored`. */
  of(partition: number): TopicIds {
    return this.#known.get(partition) ?? new Map();
  }

  /**
   * Compares what a meta record says with what the brokers say now, and remembers both. Throws `position_contradicts`, with
   * the command that repairs it, for a topic that has a position and was made anew. A topic that is not there now is not
   * compared: whoever reads it says so.
   */
  async restored(cluster: KafkaCluster, place: KnownPlace, signal: AbortSignal): Promise<void> {
    const { partition, positions, topicIds } = place;
    const before = new Map([...this.of(partition), ...topicIds]);
    const now = await readTopicIds(cluster, this.#topics, place, signal);
    const anew = madeAnew(before, now, positions.keys());
    if (anew !== undefined) throw topicMadeAnew(anew, partition);
    this.#known.set(partition, new Map([...before, ...now]));
  }

  /**
   * Compares with what the broker knows that served these partitions. Throws as `restored`, and, retryable, where the broker
   * says nothing of a topic.
   */
  async verify(
    broker: KafkaBroker,
    places: readonly { readonly topic: string; readonly partition: number }[],
  ): Promise<void> {
    const topics = [...new Set(places.map(({ topic }) => topic))];
    const { ids, refused } = await askTopicIds(broker, topics);
    const [refusal] = refused.values();
    if (refusal !== undefined) throw kafkaAnswer(refusal, 'reading the ids of topics');
    for (const { topic, partition } of places) {
      if (madeAnew(this.of(partition), ids, [topic]) !== undefined) throw topicMadeAnew(topic, partition);
    }
  }
}

/** The first of the topics that has an id on both sides, and not the same; undefined where there is none. */
export function madeAnew(before: TopicIds, now: TopicIds, topics: Iterable<string>): string | undefined {
  for (const topic of topics) {
    const [known, current] = [before.get(topic), now.get(topic)];
    if (known !== undefined && current !== undefined && known !== current) return topic;
  }
  return undefined;
}

/** Sends people to `tollgate topics repair`, which takes note of the new topic. */
export function topicMadeAnew(topic: string, partition: number): TollgateError {
  return new TollgateError(
    'position_contradicts',
    'the topic was deleted and made anew since the position was committed: the position means nothing in it',
    {
      where: `${topic}/${partition}`,
      next: `stop all processes of the group, then: tollgate topics repair --topic ${topic} --partition ${partition} --to earliest; and so for its other partitions`,
    },
  );
}
