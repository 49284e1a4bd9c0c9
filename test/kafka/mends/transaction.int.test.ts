import { expect, it, onTestFinished } from 'vitest';
import type { KafkaBroker, KafkaCluster } from '../../../src/kafka/kafkajs.ts';
import { addPartitions } from '../../../src/kafka/mends/add-partitions.ts';
import { retryConcurrent } from '../../../src/kafka/mends/concurrent-transactions.ts';
import { findCoordinator, forgetCoordinator } from '../../../src/kafka/mends/coordinator-cache.ts';
import { generationOf, rememberGenerations } from '../../../src/kafka/mends/group-generation.ts';
import { commitOffsets, type OffsetCommit } from '../../../src/kafka/mends/offset-commit.ts';
import { describeWithKafka, uniqueName } from '../given-broker.ts';
import { makeTopic, never, openTestCluster, plainKafka } from './broker-fixture.ts';

interface Member {
  readonly memberId: string;
  readonly generationId: number;
}

/** A member of the group, and what was known of each of its joins at the moment of its event. */
async function joinGroup(
  groupId: string,
  topic: string,
): Promise<{ readonly joins: Member[]; readonly next: () => Promise<Member> }> {
  rememberGenerations();
  const consumer = plainKafka().consumer({ groupId, heartbeatInterval: 200, maxWaitTimeInMs: 50 });
  const joins: Member[] = [];
  const waiting: ((member: Member) => void)[] = [];
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberId } }) => {
    const member = { memberId, generationId: generationOf(memberId) ?? Number.NaN };
    joins.push(member);
    waiting.shift()?.(member);
  });
  const next = () => new Promise<Member>((resolve) => waiting.push(resolve));
  const first = next();
  await consumer.connect();
  onTestFinished(() => consumer.disconnect());
  await consumer.subscribe({ topic });
  await consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
  await first;
  return { joins, next };
}

/** An open transaction to which the group was added, and what every request of it says. */
async function openTransaction(cluster: KafkaCluster, groupId: string) {
  const transactionalId = uniqueName('tx');
  const coordinator = await findCoordinator(cluster, { transactionalId });
  const producer = await coordinator.initProducerId({ transactionalId, transactionTimeout: 20_000 });
  const identity = { transactionalId, producerId: producer.producerId, producerEpoch: producer.producerEpoch };
  await retryConcurrent(() => coordinator.addOffsetsToTxn({ ...identity, groupId }), never);
  const end = (transactionResult: boolean) => coordinator.endTxn({ ...identity, transactionResult });
  return { coordinator, identity, end };
}

async function committedOffset(group: KafkaBroker, groupId: string, topic: string): Promise<string | undefined> {
  const { responses } = await group.offsetFetch({ groupId, topics: [{ topic, partitions: [{ partition: 0 }] }] });
  return responses[0]?.partitions[0]?.offset;
}

describeWithKafka('offsets of a transaction', () => {
  it('are committed by a member, and by nobody else', async () => {
    const [topic, groupId] = [await makeTopic(), uniqueName('group')];
    const { cluster } = await openTestCluster();
    const { joins } = await joinGroup(groupId, topic);
    const [member] = joins;
    if (member === undefined) throw new Error('nobody joined');
    const { identity, end } = await openTransaction(cluster, groupId);
    const group = await findCoordinator(cluster, { groupId });
    const offsets = [{ topic, partition: 0, offset: 2 ** 40 }];
    const commit = (claim: Partial<OffsetCommit>) =>
      commitOffsets(group, { ...identity, groupId, ...member, offsets, ...claim });

    await expect(commit({ generationId: member.generationId - 1 })).rejects.toMatchObject({
      type: 'ILLEGAL_GENERATION',
    });
    await expect(commit({ generationId: member.generationId + 1 })).rejects.toMatchObject({
      type: 'ILLEGAL_GENERATION',
    });
    await expect(commit({ memberId: `${member.memberId}x` })).rejects.toMatchObject({ type: 'UNKNOWN_MEMBER_ID' });
    await expect(commit({ memberId: '' })).rejects.toThrow('by a member only');
    await expect(commit({ generationId: -1 })).rejects.toThrow('by a member only');
    await commit({});
    await end(true);
    await expect.poll(() => committedOffset(group, groupId, topic)).toBe(String(2 ** 40));
  });

  it('are refused to a member whose generation is over, and granted to the same member in the next', async () => {
    const [topic, groupId] = [await makeTopic({ partitions: 2 }), uniqueName('group')];
    const { cluster } = await openTestCluster();
    const { joins, next } = await joinGroup(groupId, topic);
    const [before] = joins;
    const rejoined = next();
    await joinGroup(groupId, topic);
    const after = await rejoined;
    if (before === undefined) throw new Error('nobody joined');
    expect(after).toEqual({ memberId: before.memberId, generationId: before.generationId + 1 });
    const { identity, end } = await openTransaction(cluster, groupId);
    const group = await findCoordinator(cluster, { groupId });
    const offsets = [0, 1].map((partition) => ({ topic, partition, offset: 5 }));
    const stale = commitOffsets(group, { ...identity, groupId, ...before, offsets });
    await expect(stale).rejects.toMatchObject({ type: 'ILLEGAL_GENERATION' });
    await commitOffsets(group, { ...identity, groupId, ...after, offsets });
    await end(false);
  });
});

describeWithKafka('transactions in close succession', () => {
  it('never fail because the markers of the last one are being written', async () => {
    const topic = await makeTopic({ partitions: 8 });
    const { cluster } = await openTestCluster();
    const { coordinator, identity, end } = await openTransaction(cluster, uniqueName('group'));
    const partitions = [0, 1, 2, 3, 4, 5, 6, 7];
    await end(true);
    let retries = 0;
    for (let i = 0; i < 100; i++) {
      const add = () => addPartitions(coordinator, { ...identity, topics: [{ topic, partitions }] });
      await retryConcurrent(add, never, () => {
        retries++;
      });
      await end(true);
    }
    // So it was put to the test. Whether it happens at each turn is the broker's affair.
    expect(retries).toBeGreaterThan(0);
  });
});

describeWithKafka('partitions of a transaction', () => {
  it('are refused with the reason and the place, not with what that did to the others', async () => {
    const [topic, gone] = [await makeTopic({ partitions: 2 }), uniqueName('gone')];
    const { cluster } = await openTestCluster();
    const { coordinator, identity } = await openTransaction(cluster, uniqueName('group'));
    const topics = [
      { topic, partitions: [0, 1] },
      { topic: gone, partitions: [1] },
    ];
    const failure = expect(addPartitions(coordinator, { ...identity, topics })).rejects;
    await failure.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION', message: expect.stringContaining(`${gone}/1`) });
  });
});

describeWithKafka('the coordinator', () => {
  it('is asked for once, and again when it was forgotten', async () => {
    const { cluster } = await openTestCluster();
    await cluster.refreshMetadata();
    const asked: string[] = [];
    const counting: KafkaCluster = Object.assign(Object.create(cluster) as KafkaCluster, {
      findGroupCoordinator: (request: { readonly groupId: string; readonly coordinatorType?: number }) => {
        asked.push(`${request.coordinatorType}/${request.groupId}`);
        return cluster.findGroupCoordinator(request);
      },
    });
    const group = { groupId: uniqueName('same') };
    const transaction = { transactionalId: group.groupId };
    const brokers = [
      await findCoordinator(counting, group),
      await findCoordinator(counting, group),
      await findCoordinator(counting, transaction),
      await findCoordinator(counting, transaction),
    ];
    expect(new Set(brokers.map(({ nodeId }) => nodeId)).size).toBe(1);
    expect(asked).toEqual([`0/${group.groupId}`, `1/${group.groupId}`]);
    forgetCoordinator(counting, group);
    await findCoordinator(counting, group);
    expect(asked).toHaveLength(3);
  });

  it('is asked for again when the one that is remembered cannot be reached', async () => {
    const { cluster } = await openTestCluster();
    let asked = 0;
    let isGone = false;
    const failing: KafkaCluster = Object.assign(Object.create(cluster) as KafkaCluster, {
      findBroker: (node: { readonly nodeId: number }) => {
        return isGone ? Promise.reject(new Error('gone')) : cluster.findBroker(node);
      },
      findGroupCoordinator: (request: { readonly groupId: string }) => {
        asked++;
        return cluster.findGroupCoordinator(request);
      },
    });
    const group = { groupId: uniqueName('group') };
    await findCoordinator(failing, group);
    isGone = true;
    const broker = await findCoordinator(failing, group);
    expect([asked, broker.isConnected()]).toEqual([2, true]);
  });
});
