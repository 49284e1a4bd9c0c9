import { expect, it, onTestFinished } from 'vitest';
import { createKafka } from '../../src/kafka/client.ts';
import { openCluster } from '../../src/kafka/kafkajs.ts';
import { endOffsets, readPartition } from '../../src/kafka/partition-reader.ts';
import { startBroker } from './broker/start-broker.ts';
import { describeWithKafka, uniqueName } from './given-broker.ts';
import { leaderOf, never, silent } from './mends/broker-fixture.ts';

/** The others take over from a dead node after this. */
const HURRIED = { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' };

describeWithKafka('reading a partition whose leader dies', () => {
  it('goes on at the next leader, with nothing lost and nothing twice', async () => {
    const broker = await startBroker({ nodes: 3, properties: HURRIED });
    onTestFinished(() => broker.stop());
    const kafka = createKafka({ brokers: broker.brokers, clientId: 'wire-test' }, silent);
    const topic = uniqueName('moving');
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 3 }], waitForLeaders: true });
    const values = Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(100_000)}`);
    const producer = kafka.producer();
    await producer.connect();
    for (let at = 0; at < values.length; at += 5) {
      await producer.send({ topic, acks: -1, messages: values.slice(at, at + 5).map((value) => ({ value })) });
    }
    await Promise.all([producer.disconnect(), admin.disconnect()]);
    const cluster = await openCluster(kafka);
    onTestFinished(() => cluster.disconnect());
    const leader = await leaderOf(cluster, topic);
    const ends = await endOffsets(cluster, topic, [0], 'high_watermark', never);
    // More than one fetch takes.
    const seen: string[] = [];
    let isKilled = false;
    const stretch = { topic, partition: 0, from: 0, to: ends.get(0) ?? Number.NaN };
    await readPartition(
      cluster,
      stretch,
      async (records) => {
        seen.push(...records.map(({ value }) => Buffer.from(value ?? []).toString()));
        // The nodes have their numbers from 1 on, in the order of their addresses.
        if (!isKilled) await broker.node(Number(leader.nodeId) - 1).kill();
        isKilled = true;
      },
      never,
    );
    expect(seen).toEqual(values);
    expect(await endOffsets(cluster, topic, [0], 'high_watermark', never)).toEqual(ends);
  });
});
