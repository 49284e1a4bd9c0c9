/**
 * Asking another broker first after a disconnect.
 *
 * kafkajs 2.2.4 keeps its seed broker when it disconnects, with what it knows of its versions, and after a crash of the
 * consumer begins with it again. It asks the next one of `brokers` only when the socket cannot be opened. Behind whatever
 * takes connections for a broker that is dead (a proxy, a load balancer, the port of a container), or while a broker hangs, it
 * begins with the same one for ever, 20 times a second, though the others are well.
 */

import { createRequire } from 'node:module';

interface BrokerPool {
  readonly seedBroker: unknown;
  createSeedBroker(): Promise<void>;
  disconnect(): Promise<void>;
}

let isMended = false;

/** Mends the broker pools of this process. May be called again. */
export function mendSeedBroker(): void {
  if (isMended) return;
  isMended = true;
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/cluster/brokerPool') as { prototype: BrokerPool };
  const { disconnect } = prototype;
  prototype.disconnect = async function disconnectAndTurn(this: BrokerPool): Promise<void> {
    await disconnect.call(this);
    if (this.seedBroker !== undefined && this.seedBroker !== null) await this.createSeedBroker();
  };
}
