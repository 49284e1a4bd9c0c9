import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithOwnBroker, uniqueName } from '../given-broker.ts';
import { type OwnBroker, startBroker } from './start-broker.ts';

const TOPIC = uniqueName('copied');

describeWithOwnBroker('a broker of three nodes', () => {
  let broker: OwnBroker;
  let kafka: Kafka;

  beforeAll(async () => {
    broker = await startBroker({ nodes: 3, properties: { 'log.retention.ms': '3600000' } });
    kafka = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING, retry: { retries: 30 } });
    // kafkajs's own wait for leaders fails when it asks a node that has not heard of the topic yet.
    const topics = [{ topic: TOPIC, numPartitions: 3 }];
    await admin((client) => client.createTopics({ topics, waitForLeaders: false }));
  });
  afterAll(() => broker.stop());

  async function admin<T>(ask: (client: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
    const client = kafka.admin();
    await client.connect();
    try {
      return await ask(client);
    } finally {
      await client.disconnect();
    }
  }

  /** One record to each partition, acknowledged by all copies that are alive. */
  async function produce(value: string): Promise<void> {
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    try {
      await producer.send({ topic: TOPIC, acks: -1, messages: [0, 1, 2].map((partition) => ({ partition, value })) });
    } finally {
      await producer.disconnect();
    }
  }

  async function ends(): Promise<readonly string[]> {
    const offsets = await admin((client) => client.fetchTopicOffsets(TOPIC));
    return offsets.sort((a, b) => a.partition - b.partition).map(({ offset }) => offset);
  }

  async function livingNodes(): Promise<number> {
    return (await admin((client) => client.describeCluster())).brokers.length;
  }

  it('keeps three copies of a partition', async () => {
    await expect.poll(() => ends().catch(String), { timeout: 30_000 }).toEqual(['0', '0', '0']);
    const { topics } = await admin((client) => client.fetchTopicMetadata({ topics: [TOPIC] }));
    expect(topics[0]?.partitions.map(({ replicas }) => replicas.length)).toEqual([3, 3, 3]);
  });

  it('acknowledges with one node killed, and takes the node back with its data', async () => {
    await produce('three are alive');
    await broker.node(0).kill();
    await produce('two are alive');
    expect(await ends()).toEqual(['2', '2', '2']);
    await broker.node(0).start();
    await expect.poll(livingNodes, { timeout: 30_000 }).toBe(3);
    await produce('all are back');
    expect(await ends()).toEqual(['3', '3', '3']);
  });

  it('does not start a node that runs, nor one that there is not', async () => {
    await expect(broker.node(0).start()).rejects.toThrow('already');
    expect(() => broker.node(3)).toThrow('no node 3');
  });
});

describeWithOwnBroker('three nodes behind proxies', () => {
  it('tell clients that come through a proxy of the proxies, and all others of themselves', async () => {
    const broker = await startBroker({ nodes: 3, proxied: true, javaFlags: ['-Xmx384m'] });
    try {
      const addressesSeenFrom = async (address: string) => {
        const client = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin();
        await client.connect();
        const { brokers } = await client.describeCluster();
        await client.disconnect();
        return brokers.sort((a, b) => a.nodeId - b.nodeId).map(({ host, port }) => `${host}:${port}`);
      };
      for (const address of broker.proxiedBrokers)
        expect(await addressesSeenFrom(address)).toEqual(broker.proxiedBrokers);
      for (const address of broker.brokers) expect(await addressesSeenFrom(address)).toEqual(broker.brokers);
    } finally {
      await broker.stop();
    }
  });
});

describeWithOwnBroker('a broker that does not start', () => {
  it('says so with the end of its log', async () => {
    const options = { properties: { 'log.segment.bytes': 'a lot' } };
    await expect(startBroker(options)).rejects.toThrow(/did not start[\s\S]*log\.segment\.bytes/);
  });
});
