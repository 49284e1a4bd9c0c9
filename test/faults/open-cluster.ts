import { startBroker } from '../kafka/broker/start-broker.ts';
import type { Scenario } from './scenario.ts';
import type { Cluster } from './stage.ts';

/**
 * Kafka 4.3.1 forgets the markers of a transaction that it aborts while a partition of it has no leader (KAFKA-20734): readers in
 * `read_committed` then wait there for ever, ours too, until somebody uses `kafka-transactions.sh --find-hanging` and `abort`.
 * Where the only node goes and comes back that happened in 3 of 10 runs, and in none of 12 with this version.
 */
const OLDER = '3.9.2';
/** Three nodes and what they serve share one machine. */
const SMALL_HEAP = ['-Xmx384m'];

/** Starts the brokers that scenarios of this shape need: one node, or three with RF 3 and min ISR 2. */
export async function openCluster(shape: Scenario['cluster']): Promise<Cluster> {
  const nodes = shape.startsWith('one') ? 1 : 3;
  if (!shape.includes('proxied')) {
    const version = shape === 'one-older' ? { version: OLDER } : {};
    const broker = await startBroker({ nodes, ...version, javaFlags: nodes === 3 ? SMALL_HEAP : [] });
    return { ...broker, connect: broker.brokers, proxies: [] };
  }
  const level = shape.endsWith('first') ? { transactionLevel: 1 as const } : {};
  const broker = await startBroker({ nodes, proxied: true, ...level, javaFlags: nodes === 3 ? SMALL_HEAP : [] });
  return { ...broker, connect: broker.proxiedBrokers };
}
