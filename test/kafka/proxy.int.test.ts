import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ProxiedBroker, startBroker } from './broker/start-broker.ts';
import { describeWithOwnBroker, uniqueName } from './given-broker.ts';
import { API_KEY } from './proxy.ts';

describeWithOwnBroker('the proxy before a broker', () => {
  let broker: ProxiedBroker;
  let direct: Kafka;
  let proxied: Kafka;

  beforeAll(async () => {
    broker = await startBroker({ proxied: true });
    direct = client(broker.brokers, 10);
    proxied = client(broker.proxiedBrokers, 0);
  });
  afterAll(() => broker.stop());

  function client(brokers: readonly string[], retries: number): Kafka {
    return new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries, initialRetryTime: 20 } });
  }

  async function givenTopic(): Promise<string> {
    const topic = uniqueName('proxied');
    const admin = direct.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    await admin.disconnect();
    return topic;
  }

  async function end(topic: string): Promise<string | undefined> {
    const admin = direct.admin();
    await admin.connect();
    const [offsets] = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    return offsets?.offset;
  }

  async function withProducer<T>(use: (producer: Producer) => Promise<T>, transactionalId?: string): Promise<T> {
    const createPartitioner = Partitioners.DefaultPartitioner;
    const id = transactionalId === undefined ? {} : { transactionalId, maxInFlightRequests: 1 };
    const producer = proxied.producer({ createPartitioner, ...id });
    await producer.connect();
    try {
      return await use(producer);
    } finally {
      await producer.disconnect();
    }
  }

  it('is the address that its clients are told', async () => {
    const admin = proxied.admin();
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    await admin.disconnect();
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(broker.proxiedBrokers);
  });

  it('passes a megabyte without a rule', async () => {
    const topic = await givenTopic();
    await withProducer((producer) => producer.send({ topic, messages: [{ value: Buffer.alloc(1_000_000, 'a') }] }));
    expect(await end(topic)).toBe('1');
  });

  it('refuses a request: the client sees its connection cut, the broker sees nothing', async () => {
    const topic = await givenTopic();
    const rule = broker.proxy.add({ apiKey: API_KEY.produce, action: { kind: 'refuse' } });
    try {
      await expect(withProducer((producer) => producer.send({ topic, messages: [{ value: 'x' }] }))).rejects.toThrow();
      expect(rule.hits).toBe(1);
    } finally {
      rule.remove();
    }
    expect(await end(topic)).toBe('0');
    await withProducer((producer) => producer.send({ topic, messages: [{ value: 'x' }] }));
    expect(await end(topic)).toBe('1');
    expect(rule.hits).toBe(1);
  });

  it('swallows the answer of one request, which the broker has carried out', async () => {
    const topic = await givenTopic();
    const rule = broker.proxy.add({ apiKey: API_KEY.produce, action: { kind: 'swallow' }, once: true });
    await withProducer(async (producer) => {
      await expect(producer.send({ topic, messages: [{ value: 'x' }] })).rejects.toThrow();
      await rule.reached(1, AbortSignal.timeout(10_000));
      await producer.send({ topic, messages: [{ value: 'y' }] });
    });
    expect(rule.hits).toBe(1);
    expect(await end(topic)).toBe('2');
  });

  it('swallows the end of a transaction, which is committed', async () => {
    const topic = await givenTopic();
    const rule = broker.proxy.add({ apiKey: API_KEY.endTxn, action: { kind: 'swallow' }, once: true });
    const commit = withProducer(async (producer) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: 'x' }] });
      await transaction.commit();
    }, uniqueName('id'));
    await expect(commit).rejects.toThrow();
    expect(rule.hits).toBe(1);
    // The record and the commit marker, which the broker writes after it has answered.
    await expect.poll(() => end(topic), { timeout: 10_000 }).toBe('2');
  });

  it('delays a request, and delivers it', async () => {
    const topic = await givenTopic();
    const rule = broker.proxy.add({ apiKey: API_KEY.produce, action: { kind: 'delay', delayMs: 50 }, once: true });
    await withProducer((producer) => producer.send({ topic, messages: [{ value: 'x' }] }));
    expect(rule.hits).toBe(1);
    expect(await end(topic)).toBe('1');
  });

  it('delivers a request late: its sender sees its connection cut, and it comes all the same', async () => {
    const topic = await givenTopic();
    const action = { kind: 'late', delayMs: 300 } as const;
    const rule = broker.proxy.add({ apiKey: API_KEY.produce, action, once: true });
    await withProducer(async (producer) => {
      await expect(producer.send({ topic, messages: [{ value: 'late' }] })).rejects.toThrow();
      expect(rule.hits).toBe(0);
      await producer.send({ topic, messages: [{ value: 'soon' }] });
    });
    expect(await end(topic)).toBe('1');
    await rule.reached(1, AbortSignal.timeout(10_000));
    expect(await end(topic)).toBe('2');
  });

  it('throttles requests and answers, and delivers them', async () => {
    const topic = await givenTopic();
    const action = { kind: 'throttle', bytesPerSecond: 10_000 } as const;
    const rule = broker.proxy.add({ apiKey: 'any', action });
    await withProducer((producer) => producer.send({ topic, messages: [{ value: 'x' }] }));
    rule.remove();
    expect(rule.hits).toBeGreaterThan(1);
    expect(await end(topic)).toBe('1');
  });

  it('is a black hole for a connection: nothing comes back, until the connection is cut', async () => {
    const topic = await givenTopic();
    const rule = broker.proxy.add({ apiKey: API_KEY.produce, action: { kind: 'blackHole' }, once: true });
    await withProducer(async (producer) => {
      const sent = producer.send({ topic, messages: [{ value: 'x' }] });
      const rejected = expect(sent).rejects.toThrow();
      await rule.reached(1, AbortSignal.timeout(10_000));
      broker.proxy.cut();
      await rejected;
    });
    expect(await end(topic)).toBe('0');
  });

  it('cuts all connections at once, and takes new ones', async () => {
    const topic = await givenTopic();
    await withProducer(async (producer) => {
      await producer.send({ topic, messages: [{ value: 'x' }] });
      broker.proxy.cut();
      await expect(producer.send({ topic, messages: [{ value: 'y' }] })).rejects.toThrow();
    });
    await withProducer((producer) => producer.send({ topic, messages: [{ value: 'y' }] }));
    expect(await end(topic)).toBe('2');
  });
});
