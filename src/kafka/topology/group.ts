import type { Admin } from 'kafkajs';

/** A consumer group as the brokers describe it. */
export interface ObservedGroup {
  /** Kafka's word: `Stable`, `PreparingRebalance`, `Empty`, `Dead` (also: never there) … */
  readonly state: string;
  readonly members: number;
  /** Records between the committed offsets and the ends of the topics; where nothing is committed, all there are. */
  readonly lag: number;
  /** Partitions with a committed offset, of all topics together. */
  readonly committedPartitions: number;
}

/** The state of a group, and how far it is behind in these topics. Throws what kafkajs throws. */
export async function observeGroup(admin: Admin, groupId: string, topics: readonly string[]): Promise<ObservedGroup> {
  const { groups } = await admin.describeGroups([groupId]);
  const group = groups[0];
  let lag = 0;
  let committedPartitions = 0;
  for (const topic of topics) {
    const ends = new Map((await admin.fetchTopicOffsets(topic)).map((entry) => [entry.partition, entry]));
    const committed = await admin.fetchOffsets({ groupId, topics: [topic] });
    for (const { partition, offset } of committed.flatMap(({ partitions }) => partitions)) {
      const end = ends.get(partition);
      if (end === undefined) continue;
      const isCommitted = Number(offset) >= 0;
      if (isCommitted) committedPartitions += 1;
      lag += Math.max(0, Number(end.high) - Number(isCommitted ? offset : end.low));
    }
  }
  return { state: group?.state ?? 'Dead', members: group?.members.length ?? 0, lag, committedPartitions };
}
