import { connect as plainConnect } from 'node:net';
import type { ISocketFactory } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askTopicIds } from '../../../src/kafka/topic-ids.ts';
import { type ProxiedBroker, startBroker } from '../broker/start-broker.ts';
import { describeWithOwnBroker, uniqueName } from '../given-broker.ts';
import { openTestCluster } from './broker-fixture.ts';

/** Of requests that bring no longer one of their own. Long enough for a broker on a machine that is busy. */
const REQUEST_TIMEOUT_MS = 2_000;
/** The only node of `startBroker`. */
const NODE = { nodeId: 1 };

describeWithOwnBroker('a connection on which a request timed out', () => {
  let broker: ProxiedBroker;

  beforeAll(async () => {
    broker = await startBroker({ proxied: true });
  });
  afterAll(() => broker.stop());

  /** A cluster behind the proxy that has one connection, which leads nowhere from the next request on. */
  async function onDeadConnection() {
    let opened = 0;
    const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
      opened += 1;
      return plainConnect({ host, port }, onConnect);
    };
    const own = { brokers: broker.proxiedBrokers, requestTimeoutMs: REQUEST_TIMEOUT_MS, socketFactory };
    const { cluster } = await openTestCluster(own);
    await cluster.refreshMetadata();
    expect(opened).toBe(1);
    const rule = broker.proxy.add({ apiKey: 'any', action: { kind: 'blackHole' }, once: true });
    return { cluster, rule, opened: () => opened };
  }

  it('is closed, and the next request goes over a new one', async () => {
    const { cluster, rule, opened } = await onDeadConnection();
    await expect(cluster.refreshMetadata()).rejects.toMatchObject({ name: 'KafkaJSRequestTimeoutError' });
    await cluster.refreshMetadata();
    expect([rule.hits, opened()]).toEqual([1, 2]);
  });

  it('ends all that waits on it, also what might have waited longer', async () => {
    const { cluster, rule, opened } = await onDeadConnection();
    const node = await cluster.findBroker(NODE);
    // May take 10 s.
    const patient = expect(askTopicIds(node, [uniqueName('absent')])).rejects;
    const ended = patient.toMatchObject({ name: 'KafkaJSConnectionError', code: 'ETIMEDOUT' });
    await expect(cluster.refreshMetadata()).rejects.toMatchObject({ name: 'KafkaJSRequestTimeoutError' });
    await ended;
    // A request of our own finds the connection down, and opens another, too.
    expect((await askTopicIds(node, [uniqueName('absent')])).refused.size).toBe(1);
    expect([rule.hits, opened()]).toEqual([1, 2]);
  });
});
