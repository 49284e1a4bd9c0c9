/**
 * A TCP proxy before one broker that knows where Kafka's requests begin and end, for faults that happen between a request
 * and its answer. It changes no byte. Which request a frame is stands in its first two bytes (its api key).
 *
 * 1. Each connection of a client has one of its own to the broker; both end together, unless a request is to be delivered late.
 * 2. Requests, and answers, leave in the order they came.
 * 3. A rule takes hold of requests that come after it was added. One with `once` takes hold of one.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { ProxyConnection } from './proxy-connection.ts';
import { type ActiveRule, type ProxyRule, RuleBook } from './proxy-rules.ts';

/** The api keys of requests that tests interfere with. https://kafka.apache.org/protocol#protocol_api_keys */
export const API_KEY = {
  produce: 0,
  fetch: 1,
  offsetFetch: 9,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  syncGroup: 14,
  initProducerId: 22,
  addPartitionsToTxn: 24,
  addOffsetsToTxn: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
} as const;

/** Faults to be had of one proxy, or of several at once. */
export interface Faults {
  /** From now on, for requests of any connection. */
  add(rule: ProxyRule): ActiveRule;
  /** Cuts all connections; clients may come again. */
  cut(): void;
}

/** A proxy that listens on a port of 127.0.0.1. */
export interface FaultProxy extends Faults {
  readonly port: number;
  /** Of all proxies of its row: a rule with `once` takes hold of one request, whichever broker it is for. */
  readonly row: Faults;
  close(): Promise<void>;
}

/**
 * A row of proxies, one a port of 127.0.0.1: each listens on a free port and joins its connections to ones to that broker,
 * which need not answer yet. What was added to one of them comes before what was added to the row.
 */
export async function startProxies(brokerPorts: readonly number[]): Promise<readonly FaultProxy[]> {
  const rules = new RuleBook();
  const cut = () => {
    for (const proxy of proxies) proxy.cut();
  };
  const row: Faults = { add: (rule) => rules.add(rule), cut };
  const listening = brokerPorts.map(async (port) => ({ ...(await listen(port, rules)), row }));
  const proxies: readonly FaultProxy[] = await Promise.all(listening);
  return proxies;
}

async function listen(brokerPort: number, rowRules: RuleBook): Promise<Omit<FaultProxy, 'row'>> {
  const rules = new RuleBook();
  const take = (apiKey: number) => rules.take(apiKey) ?? rowRules.take(apiKey);
  const connections = new Set<ProxyConnection>();
  const server = createServer({ noDelay: true }, (client: Socket) => {
    const onEnd = () => connections.delete(connection);
    const connection = new ProxyConnection(client, { brokerPort, take, onEnd });
    connections.add(connection);
  });
  const cut = () => {
    for (const connection of [...connections]) connection.cut();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  };
  return { port, add: (rule) => rules.add(rule), cut, close };
}
