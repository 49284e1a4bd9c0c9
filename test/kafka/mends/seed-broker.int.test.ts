import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { expect, it, onTestFinished } from 'vitest';
import { mendSeedBroker } from '../../../src/kafka/mends/seed-broker.ts';
import { describeWithKafka, testBroker } from '../given-broker.ts';

const REQUEST_TIMEOUT_MS = 2_000;

/** Takes connections as what stands before a dead broker does. `taken` counts them. */
async function standIn(onConnection: (socket: Socket) => void): Promise<{ address: string; taken: () => number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, taken: () => sockets.size };
}

/** Each `connect` asks one broker, once, and `retries` more. */
function adminOf(brokers: readonly string[], retries = 0): Admin {
  mendSeedBroker();
  const admin = new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries, initialRetryTime: 1 },
  }).admin();
  onTestFinished(() => admin.disconnect());
  return admin;
}

describeWithKafka('a client whose first broker is dead behind something that takes connections', () => {
  const silent = (socket: Socket) => socket.resume();
  // Not before the request has come: a connection that failed makes kafkajs itself ask the next one.
  const closing = (socket: Socket) => socket.once('data', () => socket.end());
  const ways = [
    { way: 'never answers', onConnection: silent },
    { way: 'closes connections', onConnection: closing },
  ];

  it.each(ways)('asks the other one after it disconnected, when the first one $way', async ({ onConnection }) => {
    const { address, taken } = await standIn(onConnection);
    const admin = adminOf([address, ...testBroker().brokers]);
    await expect(admin.connect()).rejects.toThrow();
    expect(taken()).toBe(1);
    await admin.disconnect();
    await admin.connect();
    expect((await admin.describeCluster()).brokers.length).toBeGreaterThan(0);
    expect(taken()).toBe(1);
  });

  it.each(ways)('asks the other one at the start, when the first one $way', async ({ onConnection }) => {
    const { address, taken } = await standIn(onConnection);
    const admin = adminOf([address, ...testBroker().brokers], 1);
    await admin.connect();
    expect((await admin.describeCluster()).brokers.length).toBeGreaterThan(0);
    expect(taken()).toBe(1);
  });

  it('comes round to the first again', async () => {
    const [first, second] = [await standIn(closing), await standIn(closing)];
    const admin = adminOf([first.address, second.address]);
    const asked: number[][] = [];
    for (let round = 0; round < 3; round++) {
      await expect(admin.connect()).rejects.toThrow();
      await admin.disconnect();
      asked.push([first.taken(), second.taken()]);
    }
    expect(asked).toEqual([
      [1, 0],
      [1, 1],
      [2, 1],
    ]);
  });

  it('may disconnect before it was ever connected, and twice', async () => {
    const { address, taken } = await standIn(silent);
    const admin = adminOf([...testBroker().brokers, address]);
    await admin.disconnect();
    await admin.disconnect();
    await admin.connect();
    expect((await admin.describeCluster()).brokers.length).toBeGreaterThan(0);
    expect(taken()).toBe(0);
  });
});
