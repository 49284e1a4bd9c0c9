import { startBroker } from '../kafka/broker/start-broker.ts';
import type { Scenario } from './scenario.ts';
import type { Cluster } from './stage.ts';

/** Starts the brokers that scenarios of this shape need: one node, or three with RF 3 and min ISR 2. */
export async function openCluster(shape: Scenario['cluster']): Promise<Cluster> {
  const nodes = shape.startsWith('one') ? 1 : 3;
  if (!shape.endsWith('proxied')) {
    const broker = await startBroker({ nodes });
    return { ...broker, connect: broker.brokers, proxies: [] };
  }
  const broker = await startBroker({ nodes, proxied: true });
  return { ...broker, connect: broker.proxiedBrokers };
}
