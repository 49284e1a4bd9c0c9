/**
 * Remembering coordinators.
 *
 * kafkajs 2.2.4 asks the cluster for the coordinator at every request of a transaction: a round trip each. Here the answer
 * is kept for as long as it holds.
 */

import type { KafkaBroker, KafkaCluster } from '../kafkajs.ts';

/** Whose coordinator: of a consumer group, or of a transactional id. */
export type Coordinated = { readonly groupId: string } | { readonly transactionalId: string };

const GROUP = 0;
const TRANSACTION = 1;
/** A process has one group and few transactional ids; the oldest are asked for again. */
const MAX_REMEMBERED = 64;

/** Node ids by what they coordinate, for each cluster object. */
const remembered = new WeakMap<KafkaCluster, Map<string, number>>();

/**
 * The coordinator, connected. Asks the cluster when it is not remembered, and when the remembered broker cannot be reached.
 * Who is answered NOT_COORDINATOR_FOR_GROUP calls `forgetCoordinator`.
 */
export async function findCoordinator(cluster: KafkaCluster, of: Coordinated): Promise<KafkaBroker> {
  const [groupId, coordinatorType] = 'groupId' in of ? [of.groupId, GROUP] : [of.transactionalId, TRANSACTION];
  const key = keyOf(of);
  const nodeId = remembered.get(cluster)?.get(key);
  if (nodeId !== undefined) {
    const broker = await cluster.findBroker({ nodeId }).catch(() => undefined);
    if (broker !== undefined) return broker;
    forgetCoordinator(cluster, of);
  }
  const broker = await cluster.findGroupCoordinator({ groupId, coordinatorType });
  remember(cluster, key, Number(broker.nodeId));
  return broker;
}

/** The next `findCoordinator` asks the cluster. */
export function forgetCoordinator(cluster: KafkaCluster, of: Coordinated): void {
  remembered.get(cluster)?.delete(keyOf(of));
}

function remember(cluster: KafkaCluster, key: string, nodeId: number): void {
  const nodes = remembered.get(cluster) ?? new Map<string, number>();
  remembered.set(cluster, nodes);
  const [oldest] = nodes.keys();
  if (nodes.size >= MAX_REMEMBERED && oldest !== undefined) nodes.delete(oldest);
  nodes.set(key, nodeId);
}

function keyOf(of: Coordinated): string {
  return 'groupId' in of ? `${GROUP}/${of.groupId}` : `${TRANSACTION}/${of.transactionalId}`;
}
