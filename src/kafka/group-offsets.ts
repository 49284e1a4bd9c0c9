import { setTimeout } from 'node:timers/promises';
import { TollgateError } from '../domain/errors.ts';
import type { Positions } from '../pipeline/ports.ts';
import { kafkaError, kafkaErrorType } from './kafka-error.ts';
import type { KafkaCluster } from './kafkajs.ts';
import { findCoordinator, forgetCoordinator } from './mends/coordinator-cache.ts';
import { fetchStableOffsets } from './mends/offset-fetch.ts';

/** Offsets read right after a commit may be those before it, for up to 57 ms as measured; after this long they are not. */
const STALE_FOR_MS = 3_000;
const RETRY_MS = 50;
/** A transaction of the group has offsets there, and is open, or its end is not yet known to the coordinator. */
const UNSTABLE = 'UNSTABLE_OFFSET_COMMIT';
/** What the broker answers for a partition of which the group has committed nothing. */
const NONE = -1;

/** Where a partition is looked at, and by which group. */
export interface GroupPlace {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly partition: number;
}

/** The group's committed offsets of one partition number, by topic; topics of which nothing was committed are absent. */
export async function readGroupOffsets(
  cluster: KafkaCluster,
  { groupId, topics, partition }: GroupPlace,
): Promise<Positions> {
  try {
    const coordinator = await findCoordinator(cluster, { groupId });
    const offsets = [...(await fetchStableOffsets(coordinator, { groupId, topics, partition }))];
    return new Map(offsets.filter(([, offset]) => offset !== NONE));
  } catch (thrown) {
    if (kafkaErrorType(thrown) !== UNSTABLE) forgetCoordinator(cluster, { groupId });
    throw kafkaError(thrown, `reading the offsets of group ${groupId}`);
  }
}

/**
 * Refuses with `position_contradicts` when the group's offsets say something else than the meta record: both are written
 * by the same transactions, so that somebody moved one of them. Offsets that were dropped (the broker does that when a
 * group was away for long) contradict nothing.
 */
export async function refuseContradiction(
  cluster: KafkaCluster,
  place: GroupPlace,
  committed: Positions | undefined,
  signal: AbortSignal,
): Promise<void> {
  // From the first answer that contradicts: a request may hang for as long as its broker does.
  let deadline: number | undefined;
  for (;;) {
    const offsets = await stableOffsets(cluster, place);
    const topic = offsets === undefined ? undefined : contradicting(offsets, committed);
    if (offsets !== undefined && topic === undefined) return;
    if (offsets === undefined || topic === undefined) deadline = undefined;
    else {
      deadline ??= performance.now() + STALE_FOR_MS;
      if (performance.now() > deadline) {
        if (committed === undefined) throw changelogLost(place);
        throw contradiction(place, topic, offsets.get(topic), committed);
      }
    }
    await setTimeout(RETRY_MS, undefined, { signal });
  }
}

/** Undefined while they are not stable: that passes, with the transaction's timeout at the latest. */
async function stableOffsets(cluster: KafkaCluster, place: GroupPlace): Promise<Positions | undefined> {
  try {
    return await readGroupOffsets(cluster, place);
  } catch (thrown) {
    if (kafkaErrorType(thrown) === UNSTABLE) return undefined;
    throw thrown;
  }
}

function contradicting(group: Positions, committed: Positions | undefined): string | undefined {
  for (const [topic, offset] of group) if (committed?.get(topic) !== offset) return topic;
  return undefined;
}

/** Sends people to `tollgate topics repair`, which takes what it is given here. */
function contradiction(
  { groupId, partition }: GroupPlace,
  topic: string,
  offset: number | undefined,
  committed: Positions,
): TollgateError {
  const where = `group ${groupId}, ${topic}/${partition}`;
  const position = committed.get(topic);
  const toOffset = `tollgate topics repair --topic ${topic} --partition ${partition} --to ${offset}`;
  if (position === undefined) {
    return new TollgateError(
      'position_contradicts',
      `the group has the offset ${offset} of a topic of which the session state has no position: somebody set it`,
      { where, next: `stop all processes of the group, then: ${toOffset}` },
    );
  }
  const toMeta = `tollgate topics repair --partition ${partition} --to meta`;
  return new TollgateError(
    'position_contradicts',
    `the group's offset is ${offset} and not ${position}, where the session state stands: somebody moved it`,
    { where, next: `stop all processes of the group, then: ${toMeta}; or, to go on where the offset is: ${toOffset}` },
  );
}

/** What is said of offsets without any session state: no repair can know where the sessions stood. */
export function changelogLost({ groupId, topics, partition }: GroupPlace): TollgateError {
  const places = topics.map((topic) => `--topic ${topic}:${partition}`).join(' ');
  return new TollgateError(
    'position_contradicts',
    'the group has offsets, but no session state was committed with them: the sessions changelog was lost, or belongs to another group',
    {
      where: `group ${groupId}, partition ${partition}`,
      next:
        'bring the changelog back; or begin anew, without what sessions were and with a new audit chain: with another ' +
        '`kafka.groupId`, or, all processes stopped, without these offsets: kafka-consumer-groups.sh ' +
        `--bootstrap-server HOST:PORT --delete-offsets --group ${groupId} ${places}`,
    },
  );
}
