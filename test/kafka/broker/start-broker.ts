import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultProxy, startProxies } from '../proxy.ts';
import { BrokerNode, type Installation } from './broker-node.ts';
import { freePorts } from './free-ports.ts';
import { findInstallation } from './installation.ts';
import { kafkaVersion } from './jars.ts';
import { type ExtraListener, type NodeAddress, type Properties, serverProperties } from './server-properties.ts';
import { setTransactionLevel, type TransactionLevel } from './transaction-level.ts';
import { warmUp } from './warm-up.ts';

/** Two runs may take the same free port at once; who loses takes others. */
const MAX_TRIES = 3;
const PORT_TAKEN = /Address already in use|BindException/;

/** What a broker of one's own may have; nothing asked for is one node. */
export interface BrokerOptions {
  /** Three: everything is written to three nodes and acknowledged by two. */
  readonly nodes?: 1 | 3;
  /** Of Apache Kafka; the one that tests run against unless given. */
  readonly version?: string;
  /** Over those of `server-properties.ts`, on every node. */
  readonly properties?: Properties;
  /** After ours, so that they win: a benchmark wants the compiler that a broker really runs with. */
  readonly javaFlags?: readonly string[];
  /** 1: brokers that offer the first transaction protocol only. As Kafka itself sets it unless given. */
  readonly transactionLevel?: TransactionLevel;
  /** Of one node: beside the plain one that `brokers` names. */
  readonly listeners?: readonly ExtraListener[];
}

/** A broker of one's own. It ends with `stop`, or with this process. */
export interface OwnBroker {
  readonly brokers: readonly string[];
  /** From 0, in the order of `brokers`. */
  node(index: number): Pick<BrokerNode, 'kill' | 'start' | 'suspend' | 'resume' | 'pid'>;
  stop(): Promise<void>;
}

/** Nodes that each have a second address, which leads through a proxy. Clients that come by one stay behind the proxies. */
export interface ProxiedBroker extends OwnBroker {
  readonly proxiedBrokers: readonly string[];
  /** Before the first node, which may be the only one. */
  readonly proxy: FaultProxy;
  /** One row, in the order of `brokers`. */
  readonly proxies: readonly FaultProxy[];
}

/**
 * Starts Apache Kafka from jars and resolves when it takes transactions. Rejects where there is no Java 17, or no jars and no
 * Maven: a broker that was given or runs in Docker cannot be killed, so tests that ask for one of their own need jars
 * (`describeWithOwnBroker`).
 */
export function startBroker(options: BrokerOptions & { readonly proxied: true }): Promise<ProxiedBroker>;
export function startBroker(options?: BrokerOptions): Promise<OwnBroker>;
export async function startBroker(
  options: BrokerOptions & { readonly proxied?: boolean } = {},
): Promise<OwnBroker | ProxiedBroker> {
  const installation = await findInstallation(options.version ?? kafkaVersion());
  for (let tries = 1; ; tries += 1) {
    try {
      return options.proxied ? await startProxied(installation, options) : await start(installation, options);
    } catch (error) {
      if (tries === MAX_TRIES || !PORT_TAKEN.test(String(error))) throw error;
    }
  }
}

async function startProxied(installation: Installation, options: BrokerOptions): Promise<ProxiedBroker> {
  const ports = await freePorts(options.nodes ?? 1);
  const proxies = await startProxies(ports);
  const close = () => Promise.all(proxies.map((proxy) => proxy.close()));
  try {
    const extra = proxies.map((proxy, index): readonly ExtraListener[] => {
      const own = { port: ports[index] ?? 0, advertisedPort: proxy.port };
      return [{ name: 'PROXIED', protocol: 'PLAINTEXT', ...own }];
    });
    const broker = await start(installation, options, extra);
    const stop = async () => {
      await close();
      await broker.stop();
    };
    const proxiedBrokers = proxies.map(({ port }) => `127.0.0.1:${port}`);
    return { ...broker, proxiedBrokers, proxy: proxies[0] as FaultProxy, proxies, stop };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  found: Installation,
  options: BrokerOptions,
  proxied: readonly (readonly ExtraListener[])[] = [],
): Promise<OwnBroker> {
  const installation = { ...found, archiveFlags: [...found.archiveFlags, ...(options.javaFlags ?? [])] };
  const addresses = await nodeAddresses(options.nodes ?? 1);
  const nodes = addresses.map((address, index) => {
    const directory = mkdtempSync(join(tmpdir(), `tollgate-kafka-${address.id}-`));
    const extra = [...(proxied[index] ?? []), ...(options.listeners ?? [])];
    const properties = { ...serverProperties(address, addresses, extra), ...options.properties };
    return new BrokerNode({ installation, directory, port: address.port, properties });
  });
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  const brokers = addresses.map(({ port }) => `127.0.0.1:${port}`);
  try {
    await Promise.all(nodes.map((node) => node.start()));
    await warmUp(brokers, nodes.length);
    if (options.transactionLevel !== undefined) await setTransactionLevel(brokers, options.transactionLevel);
  } catch (error) {
    await stop();
    throw error;
  }
  return { brokers, node: (index) => nodeAt(nodes, index), stop };
}

function nodeAt(nodes: readonly BrokerNode[], index: number): BrokerNode {
  const node = nodes[index];
  if (node === undefined) throw new Error(`there is no node ${index}: they count from 0`);
  return node;
}

async function nodeAddresses(count: number): Promise<readonly NodeAddress[]> {
  const ports = await freePorts(2 * count);
  return Array.from({ length: count }, (_, index) => {
    return { id: index + 1, port: ports[2 * index] ?? 0, controllerPort: ports[2 * index + 1] ?? 0 };
  });
}
