import { expect, it } from 'vitest';
import type { KafkaCluster } from '../../src/kafka/kafkajs.ts';
import type { FetchedRecord } from '../../src/kafka/mends/fetch.ts';
import { produceBatches } from '../../src/kafka/mends/produce.ts';
import { endOffsets, readPartition, startOffsets } from '../../src/kafka/partition-reader.ts';
import { describeWithKafka, uniqueName } from './given-broker.ts';
import { batchOf, NOON_MS } from './mends/batches.ts';
import {
  leaderOf,
  makeTopic,
  never,
  openTestCluster,
  plainKafka,
  transactionalProducer,
} from './mends/broker-fixture.ts';

const OPTIONS = { transactionalId: null, acks: -1, timeoutMs: 10_000 } as const;

/** Writes records with these values, a batch of `size` at a time. */
async function write(cluster: KafkaCluster, topic: string, values: readonly string[], size: number): Promise<void> {
  const leader = await leaderOf(cluster, topic);
  for (let at = 0; at < values.length; at += size) {
    const records = values.slice(at, at + size).map((value) => {
      return { key: Buffer.from('k'), value: Buffer.from(value), timestampMs: NOON_MS };
    });
    await produceBatches(leader, OPTIONS, [{ topic, partition: 0, batch: batchOf(records) }]);
  }
}

function collector(): { readonly values: string[]; readonly take: (records: readonly FetchedRecord[]) => void } {
  const values: string[] = [];
  const take = (records: readonly FetchedRecord[]) => {
    for (const { value } of records) values.push(Buffer.from(value ?? []).toString());
  };
  return { values, take };
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

describeWithKafka('readPartition', () => {
  it.each([
    [0, 50],
    [7, 50],
    [7, 33],
    [12, 13],
    [12, 12],
    [13, 12],
  ])('gives what lies from %d to %d, whatever the batches are', async (from, to) => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    await write(cluster, topic, numbers(50), 10);
    const { values, take } = collector();
    const result = await readPartition(cluster, { topic, partition: 0, from, to }, take, never);
    expect(values).toEqual(numbers(50).slice(from, to));
    expect(result).toEqual({ nextOffset: Math.max(from, to) });
  });

  it('waits for a transaction that is open below the end, and gives it when it was committed', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const [kept, dropped] = await Promise.all([transactionalProducer(), transactionalProducer()]);
    const [keep, drop] = await Promise.all([kept.transaction(), dropped.transaction()]);
    await drop.send({ topic, messages: [{ value: 'aborted' }] });
    await keep.send({ topic, messages: [{ value: 'committed' }] });
    const ends = await endOffsets(cluster, topic, [0], 'high_watermark', never);
    expect(ends).toEqual(new Map([[0, 2]]));
    expect(await endOffsets(cluster, topic, [0], 'last_stable', never)).toEqual(new Map([[0, 0]]));
    const { values, take } = collector();
    const reading = readPartition(cluster, { topic, partition: 0, from: 0, to: 2 }, take, never);
    await keep.commit();
    expect(values).toEqual([]);
    await drop.abort();
    await reading;
    expect(values).toEqual(['committed']);
  });

  it('ends where everything up to the end was taken away, and only control records are left', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const transaction = await (await transactionalProducer()).transaction();
    await transaction.send({ topic, messages: [{ value: 'aborted' }] });
    await transaction.abort();
    const { values, take } = collector();
    await expect.poll(() => endOffsets(cluster, topic, [0], 'last_stable', never)).toEqual(new Map([[0, 2]]));
    await readPartition(cluster, { topic, partition: 0, from: 0, to: 2 }, take, never);
    expect(values).toEqual([]);
  });

  it('stops when the signal aborts, also while it waits', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const transaction = await (await transactionalProducer()).transaction();
    await transaction.send({ topic, messages: [{ value: 'open' }] });
    const stop = new AbortController();
    const { take } = collector();
    const reading = readPartition(cluster, { topic, partition: 0, from: 0, to: 1 }, take, stop.signal);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    await transaction.abort();
  });

  it('refuses a position that the partition does not hold', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    await write(cluster, topic, numbers(10), 10);
    const admin = plainKafka().admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic); // loads the metadata that the next call forgets to ask for
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] });
    await admin.disconnect();
    expect(await startOffsets(cluster, topic, [0], never)).toEqual(new Map([[0, 6]]));
    const { values, take } = collector();
    for (const from of [5, 11]) {
      const reading = readPartition(cluster, { topic, partition: 0, from, to: 20 }, take, never);
      await expect(reading).rejects.toMatchObject({
        code: 'position_contradicts',
        retryable: false,
        where: `${topic}/0`,
      });
    }
    await readPartition(cluster, { topic, partition: 0, from: 6, to: 10 }, take, never);
    expect(values).toEqual(['6', '7', '8', '9']);
  });

  it('passes on what the receiver throws, and waits for its promises', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    await write(cluster, topic, numbers(10), 2);
    const mine = new Error('full');
    const failing = readPartition(cluster, { topic, partition: 0, from: 0, to: 10 }, () => Promise.reject(mine), never);
    await expect(failing).rejects.toBe(mine);
  });
});

describeWithKafka('endOffsets', () => {
  it('asks for several partitions at once', async () => {
    const topic = await makeTopic({ partitions: 3 });
    const { cluster } = await openTestCluster();
    await write(cluster, topic, numbers(4), 2);
    const ends = await endOffsets(cluster, topic, [0, 1, 2], 'high_watermark', never);
    expect(ends).toEqual(
      new Map([
        [0, 4],
        [1, 0],
        [2, 0],
      ]),
    );
  });

  it('gives up at once when it is stopped while a topic is nowhere to be found', async () => {
    const { cluster } = await openTestCluster();
    const stop = new AbortController();
    const asking = endOffsets(cluster, uniqueName('nowhere'), [0], 'earliest', stop.signal);
    setImmediate(() => stop.abort());
    await expect(asking).rejects.toMatchObject({ code: 'aborted' });
  });
});
