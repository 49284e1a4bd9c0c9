import { afterAll, beforeAll, expect, it } from 'vitest';
import { retryConcurrent } from '../../src/kafka/mends/concurrent-transactions.ts';
import { findCoordinator } from '../../src/kafka/mends/coordinator-cache.ts';
import { askFinalizedFeatures } from '../../src/kafka/mends/finalized-features.ts';
import { fetchStableOffsets } from '../../src/kafka/mends/offset-fetch.ts';
import { RecordBatchBuilder } from '../../src/kafka/mends/record-batch.ts';
import { openProducer } from '../../src/kafka/open-producer.ts';
import { endOffsets, readPartition } from '../../src/kafka/partition-reader.ts';
import { secondProtocol } from '../../src/kafka/second-protocol.ts';
import { type ProxiedBroker, startBroker } from './broker/start-broker.ts';
import { setTransactionLevel } from './broker/transaction-level.ts';
import { describeWithOwnBroker, uniqueName } from './given-broker.ts';
import { givenCluster } from './given-cluster.ts';
import { API_KEY } from './proxy.ts';

const RUNNING = new AbortController().signal;
const TRANSACTIONS = 40;
/** Epochs are int16. */
const LAST_EPOCH = 2 ** 15 - 1;
/** A transaction is marked after its end was answered, and what was marked may be read a moment later. */
const PATIENCE = { interval: 25, timeout: 20_000 };

function batchOf(value: string): RecordBatchBuilder {
  const batch = new RecordBatchBuilder();
  batch.append({ key: null, value: Buffer.from(value), timestampMs: 0 });
  return batch;
}

describeWithOwnBroker('transactions', () => {
  let broker: ProxiedBroker;
  const { topics, cluster, member } = givenCluster(() => broker.proxiedBrokers);

  beforeAll(async () => {
    broker = await startBroker({ proxied: true });
  });
  afterAll(() => broker.stop());

  /** A topic to read and one to write, a group with a member, and its transactional id. */
  async function aGroup() {
    const [input, output, groupId] = [uniqueName('calls'), uniqueName('decisions'), uniqueName('group')];
    await topics(1, [input, output]);
    const own = await cluster([input, output]);
    const { told } = await member(groupId, [input]);
    const joined = told.at(-1);
    if (joined === undefined || joined === 'lost') throw new Error('nobody joined');
    const group = await findCoordinator(own, { groupId });
    const offset = async () => {
      return (await fetchStableOffsets(group, { groupId, topics: [input], partition: 0 })).get(input);
    };
    const end = async () => (await endOffsets(own, output, [0], 'high_watermark', RUNNING)).get(0) ?? 0;
    const values = async () => {
      const to = await end();
      const read: string[] = [];
      const keep = (records: readonly { readonly value: Uint8Array | null }[]) => {
        for (const { value } of records) read.push(Buffer.from(value ?? []).toString());
      };
      await readPartition(own, { topic: output, partition: 0, from: 0, to }, keep, RUNNING);
      return read;
    };
    return {
      input,
      output,
      groupId,
      transactionalId: uniqueName('tx'),
      cluster: own,
      group,
      joined,
      offset,
      end,
      values,
    };
  }

  type Group = Awaited<ReturnType<typeof aGroup>>;

  /** Opens a producer and commits some transactions of one record each, one right after the other. */
  async function transact({ cluster: own, input, output, joined, ...names }: Group, from: number): Promise<void> {
    const options = { ...names, transactionTimeoutMs: 10_000, compression: 'none' } as const;
    const producer = await openProducer(own, options, RUNNING);
    for (let i = from; i < from + TRANSACTIONS; i++) {
      const outputs = [{ topic: output, partition: 0, batches: [batchOf(`value ${i}`)] }];
      const offsets = [{ topic: input, partition: 0, offset: i + 1 }];
      await producer.commit({ outputs, offsets, member: joined }, RUNNING);
    }
  }

  /** How often requests that add to a transaction came by since then. */
  function countAdding(): () => number {
    const action = { kind: 'delay', delayMs: 0 } as const;
    const rules = [API_KEY.addPartitionsToTxn, API_KEY.addOffsetsToTxn].map((apiKey) =>
      broker.proxy.add({ apiKey, action }),
    );
    return () => {
      for (const rule of rules) rule.remove();
      return rules.reduce((sum, { hits }) => sum + hits, 0);
    };
  }

  it('follow each other under either protocol, and under the other one with the next opening: all of them count', async () => {
    const group = await aGroup();
    const added: boolean[] = [];
    for (const [turn, level] of ([2, 1, 2, 1] as const).entries()) {
      await setTransactionLevel(broker.brokers, level);
      const { transactionalId } = group;
      const transaction = await findCoordinator(group.cluster, { transactionalId });
      const known = async () => (await askFinalizedFeatures(transaction)).get('transaction.version') ?? 0;
      await expect.poll(known, PATIENCE).toBe(level);
      const counted = countAdding();
      await transact(group, turn * TRANSACTIONS);
      added.push(counted() > 0);
    }
    expect(added).toEqual([false, true, false, true]);
    const all = Array.from({ length: 4 * TRANSACTIONS }, (_, i) => `value ${i}`);
    await expect.poll(group.offset, PATIENCE).toBe(all.length);
    expect(await group.values()).toEqual(all);
  });

  it('of the second protocol go on under another producer id when the epochs of one are used up', {
    timeout: 180_000,
  }, async () => {
    await setTransactionLevel(broker.brokers, 2);
    const group = await aGroup();
    const { transactionalId } = group;
    const transaction = await findCoordinator(group.cluster, { transactionalId });
    const request = { transactionalId, transactionTimeout: 10_000 };
    const init = () => retryConcurrent(() => transaction.initProducerId(request), RUNNING);
    let given = await init();
    const { producerId } = given;
    while (given.producerEpoch < LAST_EPOCH - TRANSACTIONS / 2) given = await init();
    expect(given.producerId).toBe(producerId);
    await transact(group, 0);
    expect((await init()).producerId).not.toBe(producerId);
    const all = Array.from({ length: TRANSACTIONS }, (_, i) => `value ${i}`);
    await expect.poll(group.offset, PATIENCE).toBe(all.length);
    expect(await group.values()).toEqual(all);
  });

  it('of the second protocol take nothing that arrives after their end', async () => {
    await setTransactionLevel(broker.brokers, 2);
    const { cluster: own, group, input, output, joined, ...names } = await aGroup();
    const { transactionalId } = names;
    const transaction = await findCoordinator(own, { transactionalId });
    const given = await transaction.initProducerId({ transactionalId, transactionTimeout: 10_000 });
    const producer = { producerId: given.producerId, producerEpoch: given.producerEpoch };
    const protocol = secondProtocol(names, { transaction, group });
    const batch = (value: string, baseSequence: number) => {
      const bytes = batchOf(value).finish({ ...producer, baseSequence, isTransactional: true }, 'none');
      return [{ topic: output, partition: 0, batch: bytes }];
    };
    await protocol.produce(group, batch('in time', 0), RUNNING);
    const offsets = [{ topic: input, partition: 0, offset: 1 }];
    await protocol.commitOffsets(producer, { offsets, member: joined }, RUNNING);
    const next = await protocol.end(producer, true);
    expect(next.producerEpoch).toBe(producer.producerEpoch + 1);
    // Until the marker lies behind the record, the partition takes what comes for part of the transaction that is ending.
    await expect.poll(names.end, PATIENCE).toBe(2);
    const late = protocol.produce(group, batch('late', 1), RUNNING);
    await expect(late).rejects.toMatchObject({ type: expect.stringMatching(/PRODUCER_EPOCH|PRODUCER_FENCED/) });
    expect(await names.values()).toEqual(['in time']);
  });
});
