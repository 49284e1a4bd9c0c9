import { TollgateError } from '../../domain/errors.ts';
import type { PartitionMeta, Positions } from '../../pipeline/ports.ts';
import type { GroupPlace } from '../group-offsets.ts';
import { madeAnew, topicMadeAnew } from '../known-topics.ts';
import type { TopicIds } from '../topic-ids.ts';

/** Where a partition's input is to go on. `meta`: where the session state stands; only the group's offsets follow it. */
export type RepairTarget =
  | { readonly kind: 'earliest' | 'latest' | 'meta' }
  | { readonly kind: 'offset'; readonly offset: number };

/** What is asked for. Without a topic, which is for `meta` only: every input topic of which there is a position. */
export interface RepairWish {
  readonly topic: string | undefined;
  readonly partition: number;
  readonly to: RepairTarget;
}

/** The offsets that a partition of a topic holds: from `start` up to, and without, `end`. */
export interface OffsetRange {
  readonly start: number;
  /** Where readers of committed records stop: in front of a transaction that is open. */
  readonly stableEnd: number;
  readonly end: number;
}

/** What the brokers have of the partition. */
export interface RepairState {
  readonly meta: PartitionMeta;
  readonly topicIds: { readonly committed: TopicIds; readonly now: TopicIds };
  readonly groupOffsets: Positions;
  /** By topic. */
  readonly ranges: ReadonlyMap<string, OffsetRange>;
}

/** Before and after, of one topic; undefined: nothing was committed. */
export interface RepairedTopic {
  readonly topic: string;
  readonly position: number | undefined;
  readonly groupOffset: number | undefined;
  /** What both are afterwards. */
  readonly next: number;
  readonly range: OffsetRange;
  /** It was deleted and made anew: the position was one of the former topic. */
  readonly isAnew: boolean;
}

/** A repair as it will be, or was, done. */
export interface RepairPlan {
  readonly topics: readonly RepairedTopic[];
  /** The meta record afterwards: of the one before only positions may differ. */
  readonly meta: PartitionMeta;
  /** As they are committed with it. */
  readonly topicIds: TopicIds;
  /** False: all is so already. */
  readonly isNeeded: boolean;
}

/**
 * What a repair changes. Pure. Throws `usage` for an offset that the topic does not hold, and `position_contradicts` for
 * `meta` where the meta record has no position to follow, or one of a topic that was made anew since.
 */
export function planRepair(place: GroupPlace, wish: RepairWish, state: RepairState): RepairPlan {
  const { meta, topicIds, groupOffsets, ranges } = state;
  const names = wish.topic === undefined ? knownTopics(place, state) : [wish.topic];
  const topics = names.map((topic) => {
    const range = ranges.get(topic);
    if (range === undefined) throw new RangeError(`the range of ${topic} was not asked for`);
    const position = meta.positions.get(topic);
    const groupOffset = groupOffsets.get(topic);
    const isAnew = position !== undefined && madeAnew(topicIds.committed, topicIds.now, [topic]) !== undefined;
    if (isAnew && wish.to.kind === 'meta') throw topicMadeAnew(topic, wish.partition);
    const next = nextPosition(`${topic}/${wish.partition}`, wish.to, { ...range, position });
    return { topic, position, groupOffset, next, range, isAnew };
  });
  const positions = new Map([...meta.positions, ...topics.map(({ topic, next }) => [topic, next] as const)]);
  const known = names.flatMap((topic) => [...topicIds.now].filter(([name]) => name === topic));
  const isNeeded = topics.some(({ position, groupOffset, next, isAnew }) => {
    return isAnew || position !== next || groupOffset !== next;
  });
  return { topics, meta: { ...meta, positions }, topicIds: new Map([...topicIds.committed, ...known]), isNeeded };
}

/** Those with a position or an offset: an offset without a position is then refused, and not left to contradict. */
function knownTopics({ topics }: GroupPlace, { meta, groupOffsets }: RepairState): readonly string[] {
  return topics.filter((topic) => meta.positions.has(topic) || groupOffsets.has(topic));
}

function nextPosition(
  where: string,
  to: RepairTarget,
  { start, stableEnd, end, position }: OffsetRange & { readonly position: number | undefined },
): number {
  switch (to.kind) {
    case 'earliest':
      return start;
    case 'latest':
      return stableEnd;
    case 'offset':
      if (to.offset >= start && to.offset <= end) return to.offset;
      throw new TollgateError('usage', `offset ${to.offset} is not in the topic, which holds ${start} to ${end}`, {
        where,
        next: 'give an offset in between, or earliest, or latest',
      });
    case 'meta':
      if (position !== undefined) return position;
      throw new TollgateError('position_contradicts', 'the session state has no position of this topic', {
        where,
        next: 'say where it is to begin: --topic with --to earliest, latest or an offset',
      });
  }
}
