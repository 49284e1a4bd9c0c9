import type { Admin, Kafka } from 'kafkajs';
import type { Compression } from '../../domain/compression.ts';
import { TollgateError } from '../../domain/errors.ts';
import type { Logger } from '../../domain/log.ts';
import { readChangelog } from '../changelog.ts';
import { changelogLost, type GroupPlace, readGroupOffsets } from '../group-offsets.ts';
import { kafkaError } from '../kafka-error.ts';
import { type KafkaCluster, openCluster } from '../kafkajs.ts';
import { type Member, Membership } from '../membership.ts';
import { encodeMeta, META_KEY } from '../meta-record.ts';
import { openProducer } from '../open-producer.ts';
import { OutputBatches } from '../output-batches.ts';
import { endOffsets, startOffsets } from '../partition-reader.ts';
import { readTopicIds } from '../topic-ids.ts';
import { withAdmin } from './admin.ts';
import type { TopologySettings } from './plan.ts';
import type { BrokerReach } from './reach.ts';
import { type OffsetRange, planRepair, type RepairPlan, type RepairState, type RepairWish } from './repair-plan.ts';
import { checkTopology } from './topology.ts';

/** The processor whose position is repaired, as it is configured. */
export interface RepairOptions {
  readonly kafka: Kafka;
  readonly reach: BrokerReach;
  readonly settings: TopologySettings;
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly transactionTimeoutMs: number;
  readonly compression: Compression;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Moves a partition's position in one transaction: its meta record and the group's offsets. Sessions, head of the chain and
 * clock stay. Resolves with what was done, or, for a dry run, with what would be. Nothing is judged.
 *
 * 1. The group must have no live members: it is joined, and what a former member has under way is refused from then on,
 *    because its generation is over. Only then is the meta record read.
 * 2. The transaction is committed under that one generation. A processor that starts meanwhile ends it: then it is refused
 *    as a whole, or was accepted before that processor looks at the partition.
 *
 * Throws `check_failed` when the group has live members, `usage` for what is not in the topics, `position_contradicts`
 * where no repair is possible, `topology_invalid`, and what `withAdmin` and `kafkaError` throw.
 */
export async function repairPosition(
  options: RepairOptions,
  wish: RepairWish,
  { isDryRun }: { readonly isDryRun: boolean },
): Promise<RepairPlan> {
  const { kafka, settings, reach, groupId, signal } = options;
  const place = placeOf(options, wish);
  const { partitions } = await checkTopology(kafka, settings, reach, signal);
  if (wish.partition >= partitions) throw noPartition(wish.partition, partitions);
  await withAdmin(kafka, reach, signal, (admin) => refuseMembers(admin, groupId));
  const cluster = await openCluster(kafka);
  try {
    await cluster.addMultipleTargetTopics([...place.topics, settings.topics.sessions]);
    if (isDryRun) return planRepair(place, wish, await observe(cluster, options, place));
    return await asOnlyMember(options, place, partitions, (member) => repair(cluster, options, wish, member));
  } catch (thrown) {
    throw kafkaError(thrown, 'repairing the position');
  } finally {
    await cluster.disconnect();
  }
}

function placeOf({ groupId, settings }: RepairOptions, { topic, partition }: RepairWish): GroupPlace {
  const topics = [...settings.topics.events, settings.topics.control];
  if (topic === undefined || topics.includes(topic)) return { groupId, topics, partition };
  throw new TollgateError('usage', 'this is no input topic: only those have positions', {
    where: topic,
    next: `name one of ${topics.join(', ')}`,
  });
}

function noPartition(partition: number, partitions: number): TollgateError {
  return new TollgateError('usage', `there is no partition ${partition}: the topics have ${partitions}, from 0`);
}

async function refuseMembers(admin: Admin, groupId: string): Promise<void> {
  const { groups } = await admin.describeGroups([groupId]);
  const members = groups.flatMap((group) => group.members);
  if (members.length === 0) return;
  const told = members.map(({ clientId, clientHost, memberId }) => `${clientId} at ${clientHost} (${memberId})`);
  throw new TollgateError('check_failed', `the group is at work: ${told.join(', ')}`, {
    where: `group ${groupId}`,
    next: 'stop all its processes; one that was killed counts until its `kafka.sessionTimeoutMs` is over',
  });
}

/** Acts as the one member of the group, to whom all partitions were assigned; leaves it afterwards. */
async function asOnlyMember<T>(
  options: RepairOptions,
  { groupId, topics }: GroupPlace,
  partitions: number,
  act: (member: Member) => Promise<T>,
): Promise<T> {
  const membership = new Membership({ ...options, instanceId: 'repair', topics, onRebalance: () => undefined });
  try {
    const member = await joined(membership, options.signal);
    if (member.partitions.length === partitions) return await act(member);
    throw new TollgateError('check_failed', 'another process joined the group at this moment', {
      where: `group ${groupId}`,
      next: 'stop all its processes, then repair again: nothing was changed',
    });
  } finally {
    await membership.close();
  }
}

/** The first assignment. Later ones are of no use: what is to be committed belongs to this one. */
function joined(membership: Membership, signal: AbortSignal): Promise<Member> {
  const ended = AbortSignal.any([signal, membership.failed]);
  return new Promise((resolve, reject) => {
    ended.addEventListener('abort', () => reject(ended.reason), { once: true });
    if (ended.aborted) reject(ended.reason);
    else membership.open({ joined: resolve, lost: () => undefined }).catch(reject);
  });
}

async function repair(
  cluster: KafkaCluster,
  options: RepairOptions,
  wish: RepairWish,
  member: Member,
): Promise<RepairPlan> {
  const { groupId, settings, signal } = options;
  const { partition } = wish;
  const place = placeOf(options, wish);
  const plan = planRepair(place, wish, await observe(cluster, options, place));
  if (!plan.isNeeded) return plan;
  const producer = await openProducer(cluster, { ...options, transactionalId: `${groupId}-repair` }, signal);
  const out = new OutputBatches(new Map());
  const append = out.into(settings.topics.sessions, partition);
  append({ key: META_KEY, value: encodeMeta(plan.meta, plan.topicIds), timestampMs: Date.now() });
  const offsets = plan.topics.map(({ topic, next: offset }) => ({ topic, partition, offset }));
  await producer.commit({ outputs: out.take(), offsets, member }, signal).catch((thrown: unknown) => {
    throw notKnown(thrown, place);
  });
  return plan;
}

/** A commit that failed may have taken place. */
function notKnown(thrown: unknown, { groupId }: GroupPlace): TollgateError {
  const { code, message, retryable } = kafkaError(thrown, 'committing the repair');
  return new TollgateError(code, message, {
    where: `group ${groupId}`,
    next: 'give the same command again: what is done already it leaves as it is',
    retryable,
    cause: thrown,
  });
}

async function observe(
  cluster: KafkaCluster,
  { settings, signal }: RepairOptions,
  place: GroupPlace,
): Promise<RepairState> {
  const { partition, topics } = place;
  const changelog = { topic: settings.topics.sessions, partition };
  const { meta, topicIds } = await readChangelog(cluster, changelog.topic, partition, signal);
  const groupOffsets = await readGroupOffsets(cluster, place);
  if (meta === undefined) throw groupOffsets.size === 0 ? neverCommitted(place) : changelogLost(place);
  const ranges = new Map<string, OffsetRange>();
  for (const topic of topics) ranges.set(topic, await rangeOf(cluster, topic, partition, signal));
  const now = await readTopicIds(cluster, topics, changelog, signal);
  return { meta, topicIds: { committed: topicIds, now }, groupOffsets, ranges };
}

async function rangeOf(
  cluster: KafkaCluster,
  topic: string,
  partition: number,
  signal: AbortSignal,
): Promise<OffsetRange> {
  const offsets = await Promise.all([
    startOffsets(cluster, topic, [partition], signal),
    endOffsets(cluster, topic, [partition], 'last_stable', signal),
    endOffsets(cluster, topic, [partition], 'high_watermark', signal),
  ]);
  const [start, stableEnd, end] = offsets.map((found) => found.get(partition));
  if (start === undefined || stableEnd === undefined || end === undefined) {
    throw new Error(`no offset was given for ${topic}/${partition}`);
  }
  return { start, stableEnd, end };
}

function neverCommitted({ groupId, partition }: GroupPlace): TollgateError {
  return new TollgateError('position_contradicts', 'nothing was ever committed of this partition', {
    where: `group ${groupId}, partition ${partition}`,
    next: 'there is nothing to repair: `tollgate run` begins it where `kafka.startFrom` says',
  });
}
