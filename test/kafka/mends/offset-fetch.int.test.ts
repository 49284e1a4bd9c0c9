import { expect, it } from 'vitest';
import type { KafkaBroker, KafkaCluster } from '../../../src/kafka/kafkajs.ts';
import type { Member } from '../../../src/kafka/membership.ts';
import { retryConcurrent } from '../../../src/kafka/mends/concurrent-transactions.ts';
import { findCoordinator } from '../../../src/kafka/mends/coordinator-cache.ts';
import { commitOffsets } from '../../../src/kafka/mends/offset-commit.ts';
import { fetchStableOffsets } from '../../../src/kafka/mends/offset-fetch.ts';
import { describeWithKafka, uniqueName } from '../given-broker.ts';
import { givenCluster } from '../given-cluster.ts';
import { never } from './broker-fixture.ts';

const OLD = 2 ** 40;
const NEW = OLD + 9;
const NONE = -1;
const UNSTABLE = { type: 'UNSTABLE_OFFSET_COMMIT' };
/** A transaction is marked after its end was answered, and what was marked may be read a moment later. */
const PATIENCE = { interval: 25, timeout: 20_000 };

/** A transaction with an offset of partition 0, left open; resolves with what ends it. */
async function leaveOpen(
  cluster: KafkaCluster,
  group: KafkaBroker,
  { groupId, topic, member }: { readonly groupId: string; readonly topic: string; readonly member: Member },
): Promise<(isCommit: boolean) => Promise<unknown>> {
  const transactionalId = uniqueName('tx');
  const coordinator = await findCoordinator(cluster, { transactionalId });
  const given = await coordinator.initProducerId({ transactionalId, transactionTimeout: 60_000 });
  const identity = { transactionalId, producerId: given.producerId, producerEpoch: given.producerEpoch };
  await retryConcurrent(() => coordinator.addOffsetsToTxn({ ...identity, groupId }), never);
  const { generationId, memberId } = member;
  const offsets = [{ topic, partition: 0, offset: NEW }];
  await commitOffsets(group, { ...identity, groupId, generationId, memberId, offsets });
  return (isCommit) => coordinator.endTxn({ ...identity, transactionResult: isCommit });
}

describeWithKafka('stable offsets of a group', () => {
  const { topics, cluster, member, setOffset } = givenCluster();

  /** A group that has the offset `OLD` of partition 0 of its topic, and nothing else. */
  async function aGroup() {
    const [topic, groupId] = [uniqueName('calls'), uniqueName('group')];
    await topics(2, [topic]);
    await setOffset(groupId, topic, 0, OLD);
    const own = await cluster([topic]);
    const coordinator = await findCoordinator(own, { groupId });
    const offsetOf = async (partition: number): Promise<number | undefined> => {
      const offsets = await fetchStableOffsets(coordinator, { groupId, topics: [topic], partition });
      return offsets.get(topic);
    };
    return { topic, groupId, cluster: own, coordinator, offsetOf };
  }

  /** The same with a member and its transaction, which has the offset `NEW` there. */
  async function aGroupInTransaction() {
    const group = await aGroup();
    const { told } = await member(group.groupId, [group.topic]);
    const joined = told.at(-1);
    if (joined === undefined || joined === 'lost') throw new Error('nobody joined');
    const end = await leaveOpen(group.cluster, group.coordinator, { ...group, member: joined });
    return { ...group, end };
  }

  it('are those that were committed, of each topic its own, and −1 where nothing was', async () => {
    const { topic, groupId, coordinator } = await aGroup();
    const [second, other] = [uniqueName('second'), uniqueName('other')];
    await topics(1, [second, other]);
    await setOffset(groupId, second, 0, 7);
    const asked = { groupId, topics: [other, topic, second], partition: 0 };
    const expected = new Map([
      [topic, OLD],
      [second, 7],
      [other, NONE],
    ]);
    expect(await fetchStableOffsets(coordinator, asked)).toEqual(expected);
    expect(await fetchStableOffsets(coordinator, { groupId, topics: [topic], partition: 1 })).toEqual(
      new Map([[topic, NONE]]),
    );
  });

  it('are none for a group that never was, and for no topics', async () => {
    const { topic, groupId, coordinator } = await aGroup();
    const unknown = { groupId: uniqueName('nobody'), topics: [topic], partition: 0 };
    expect(await fetchStableOffsets(coordinator, unknown)).toEqual(new Map([[topic, NONE]]));
    expect(await fetchStableOffsets(coordinator, { groupId, topics: [], partition: 0 })).toEqual(new Map());
  });

  it('are refused while a transaction is open there, and there only; then they are those of the transaction', async () => {
    const { offsetOf, end } = await aGroupInTransaction();
    await expect(offsetOf(0)).rejects.toMatchObject(UNSTABLE);
    expect(await offsetOf(1)).toBe(NONE);
    await end(true);
    await expect.poll(() => offsetOf(0), PATIENCE).toBe(NEW);
  });

  it('are those before the transaction when it was aborted', async () => {
    const { offsetOf, end } = await aGroupInTransaction();
    await expect(offsetOf(0)).rejects.toMatchObject(UNSTABLE);
    await end(false);
    await expect.poll(() => offsetOf(0), PATIENCE).toBe(OLD);
  });
});
