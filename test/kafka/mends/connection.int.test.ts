import { connect as plainConnect, type Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';
import { expect, it } from 'vitest';
import type { KafkaBroker, KafkaConnection } from '../../../src/kafka/kafkajs.ts';
import { fetchPartitions } from '../../../src/kafka/mends/fetch.ts';
import { produceBatches } from '../../../src/kafka/mends/produce.ts';
import { describeWithKafka } from '../given-broker.ts';
import { batchOf, NOON_MS } from './batches.ts';
import { leaderOf, makeTopic, openTestCluster } from './broker-fixture.ts';

const FETCH = { maxWaitMs: 0, minBytes: 1, maxBytes: 5_000_000, isolation: 'read_committed' } as const;
const OPTIONS = { transactionalId: null, acks: -1, timeoutMs: 10_000 } as const;
const FETCH_KEY = 1;

/** Opens sockets and counts those that are open. */
function countingSockets(): { readonly socketFactory: ISocketFactory; readonly open: ReadonlySet<Socket> } {
  const open = new Set<Socket>();
  const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = plainConnect({ host, port }, onConnect);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    return socket;
  };
  return { socketFactory, open };
}

function connectionFor(broker: KafkaBroker, apiKey: number): Promise<KafkaConnection> {
  return broker.connectionPool.getConnectionByRequest({ request: { apiKey } });
}

describeWithKafka('connections', () => {
  it('are opened once, however many requests find them down', async () => {
    const topic = await makeTopic({ partitions: 4 });
    const { socketFactory, open } = countingSockets();
    const { cluster } = await openTestCluster({ socketFactory });
    const leader = await leaderOf(cluster, topic);
    const before = open.size;
    const fetches = [0, 1, 2, 3].map((partition) =>
      fetchPartitions(leader, [{ topic, partition, offset: 0, maxBytes: 1_000 }], FETCH),
    );
    await Promise.all(fetches);
    expect(open.size).toBe(before + 1);
    await cluster.disconnect();
    await expect.poll(() => open.size).toBe(0);
  });

  it('forget the beginning of an answer that was cut off', async () => {
    const topic = await makeTopic();
    const { open, socketFactory } = countingSockets();
    const { cluster } = await openTestCluster({ socketFactory, requestTimeoutMs: 5_000 });
    const leader = await leaderOf(cluster, topic);
    const batch = batchOf([{ key: null, value: Buffer.alloc(500_000), timestampMs: NOON_MS }]);
    await produceBatches(leader, OPTIONS, [{ topic, partition: 0, batch }]);
    const connection = await connectionFor(leader, FETCH_KEY);
    const { socket } = connection;
    if (socket === undefined) throw new Error('no socket');
    const fetchOne = () => fetchPartitions(leader, [{ topic, partition: 0, offset: 0, maxBytes: 5_000_000 }], FETCH);
    // The answer comes in many pieces: after the first one the connection breaks.
    socket.once('data', () => socket.destroy(Object.assign(new Error('cut'), { code: 'ECONNRESET' })));
    await expect(fetchOne()).rejects.toMatchObject({ name: 'KafkaJSConnectionError' });
    await expect.poll(() => open.has(socket)).toBe(false);
    expect((await fetchOne())[0]?.records).toHaveLength(1);
  });

  it('leave nothing behind on a dead socket, however often they are disconnected', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const leader = await leaderOf(cluster, topic);
    const { socket } = await connectionFor(leader, FETCH_KEY);
    if (socket === undefined) throw new Error('no socket');
    socket.destroy();
    for (let i = 0; i < 5; i++) await leader.disconnect();
    expect(socket.listenerCount('connect')).toBeLessThanOrEqual(1);
  });

  it('refuse a request once their socket takes no more, also while kafkajs holds them for connected', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const leader = await leaderOf(cluster, topic);
    const connection = await connectionFor(leader, FETCH_KEY);
    connection.socket?.end();
    expect(connection.isConnected()).toBe(true);
    const late = fetchPartitions(leader, [{ topic, partition: 0, offset: 0, maxBytes: 1_000 }], FETCH);
    await expect(late).rejects.toMatchObject({ name: 'KafkaJSConnectionError', code: 'ENOTCONN' });
  });

  it('have no timer for waiting requests while none waits', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const leader = await leaderOf(cluster, topic);
    const connection = await connectionFor(leader, FETCH_KEY);
    for (let i = 0; i < 5; i++) {
      await fetchPartitions(leader, [{ topic, partition: 0, offset: 0, maxBytes: 1_000 }], FETCH);
      expect(connection.requestQueue.throttleCheckTimeoutId).toBeNull();
    }
  });

  it('keep requests waiting while the broker asks for it, and send them then', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const leader = await leaderOf(cluster, topic);
    const { requestQueue } = await connectionFor(leader, FETCH_KEY);
    requestQueue.maybeThrottle(300);
    const waiting = fetchPartitions(leader, [{ topic, partition: 0, offset: 0, maxBytes: 1_000 }], FETCH);
    await expect.poll(() => requestQueue.pending.length, { interval: 5 }).toBe(1);
    expect(await waiting).toHaveLength(1);
    expect(requestQueue.pending).toHaveLength(0);
  });
});
