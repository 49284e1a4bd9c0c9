/**
 * Asking another broker after one that does not answer.
 *
 * kafkajs 2.2.4 asks the next one of `brokers` only when the socket cannot be opened. One that takes the connection and then
 * says nothing, or closes it, it asks again and again; and it keeps it over a disconnect, so that after a crash of the
 * consumer it begins with it again, 20 times a second. Behind whatever takes connections for a broker that is dead (a proxy,
 * a load balancer, the port of a container), or while a broker hangs, that is for ever, though the others are well.
 */

import { createRequire } from 'node:module';
import { connectionError } from '../kafkajs.ts';

interface SeedBroker {
  readonly connectionPool: { readonly host: string; readonly port: number };
  connect(): Promise<void>;
}

interface BrokerPool {
  readonly seedBroker: SeedBroker | null | undefined;
  createSeedBroker(): Promise<void>;
  disconnect(): Promise<void>;
}

/** What kafkajs throws for a connection that opened and came to nothing; for an error of the connection itself it turns. */
const SILENT: ReadonlySet<string> = new Set(['KafkaJSRequestTimeoutError', 'KafkaJSConnectionClosedError']);

let isMended = false;

/** Mends the broker pools of this process. May be called again. */
export function mendSeedBroker(): void {
  if (isMended) return;
  isMended = true;
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/cluster/brokerPool') as { prototype: BrokerPool };
  const { createSeedBroker, disconnect } = prototype;
  const asked = new WeakSet<SeedBroker>();
  prototype.createSeedBroker = async function createTurningSeed(this: BrokerPool): Promise<void> {
    await createSeedBroker.call(this);
    const seed = this.seedBroker;
    if (seed) turnWhenSilent(seed, asked);
  };
  prototype.disconnect = async function disconnectAndTurn(this: BrokerPool): Promise<void> {
    await disconnect.call(this);
    // One that was not asked yet has its turn still to come.
    if (this.seedBroker && asked.has(this.seedBroker)) await this.createSeedBroker();
  };
}

function turnWhenSilent(seed: SeedBroker, asked: WeakSet<SeedBroker>): void {
  const connect = seed.connect.bind(seed);
  seed.connect = async () => {
    asked.add(seed);
    try {
      await connect();
    } catch (thrown) {
      if (!(thrown instanceof Error && SILENT.has(thrown.name))) throw thrown;
      const { host, port } = seed.connectionPool;
      throw connectionError(thrown.message, `${host}:${port}`, 'ETIMEDOUT');
    }
  };
}
