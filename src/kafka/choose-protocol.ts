import { firstProtocol } from './first-protocol.ts';
import type { KafkaCluster } from './kafkajs.ts';
import { knowsSecondProtocol, secondProtocol } from './second-protocol.ts';
import type { Coordinators, TransactionNames, TransactionProtocol } from './transaction-protocol.ts';

/**
 * The protocol for a producer that is being opened, whose cluster has just read its metadata: the second one where the brokers know
 * it and one of them leads everything.
 *
 * With several leaders the first one is faster. In the second each leader adds its own partitions, all at the same moment; the
 * coordinator takes one and refuses the others, and a broker that was refused tries again after 20 ms
 * (`add.partitions.to.txn.retry.backoff.ms` of Kafka 4). In the first all are added in one request. Measured on three nodes that share two
 * processors, six partitions: 43 and 57 ms a transaction with the first, 71 and 77 with the second.
 */
export async function chooseProtocol(
  cluster: Pick<KafkaCluster, 'targetTopics' | 'findTopicPartitionMetadata'>,
  names: TransactionNames,
  coordinators: Coordinators,
): Promise<TransactionProtocol> {
  const isSecond = hasOneLeader(cluster) && (await knowsSecondProtocol(coordinators));
  return isSecond ? secondProtocol(names, coordinators) : firstProtocol(names, coordinators);
}

function hasOneLeader(cluster: Pick<KafkaCluster, 'targetTopics' | 'findTopicPartitionMetadata'>): boolean {
  const leaders = new Set<number>();
  for (const topic of cluster.targetTopics) {
    for (const { leader } of cluster.findTopicPartitionMetadata(topic)) leaders.add(leader);
  }
  return leaders.size <= 1;
}
