/** The wire layer on the test's broker. */

import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { onTestFinished } from 'vitest';
import type { Logger } from '../../../src/domain/log.ts';
import { createKafka, type KafkaClientOptions } from '../../../src/kafka/client.ts';
import { type KafkaBroker, type KafkaCluster, openCluster } from '../../../src/kafka/kafkajs.ts';
import { endOffsets } from '../../../src/kafka/partition-reader.ts';
import { testBroker, uniqueName } from '../given-broker.ts';

export const never = new AbortController().signal;

const nothing = () => undefined;
export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Our client, and a cluster of its own that ends with the test. */
export async function openTestCluster(
  options: Partial<KafkaClientOptions> = {},
): Promise<{ readonly kafka: Kafka; readonly cluster: KafkaCluster }> {
  const kafka = createKafka({ brokers: testBroker().brokers, clientId: 'wire-test', ...options }, silent);
  const cluster = await openCluster(kafka);
  onTestFinished(() => cluster.disconnect());
  return { kafka, cluster };
}

/** A topic that no other test has. */
export async function makeTopic(
  config: { readonly partitions?: number; readonly entries?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const topic = uniqueName('wire');
  const admin = plainKafka().admin();
  await admin.connect();
  const configEntries = Object.entries(config.entries ?? {}).map(([name, value]) => ({ name, value }));
  const made = { topic, numPartitions: config.partitions ?? 1, configEntries };
  await admin.createTopics({ topics: [made], waitForLeaders: true });
  await admin.disconnect();
  return topic;
}

/** The leader of partition 0, and with one node of everything. */
export async function leaderOf(cluster: KafkaCluster, topic: string): Promise<KafkaBroker> {
  await endOffsets(cluster, topic, [0], 'earliest', never);
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [0]));
  if (nodeId === undefined) throw new Error(`no leader for ${topic}`);
  return cluster.findBroker({ nodeId });
}

/** kafkajs as it is, for what writes beside us. */
export function plainKafka(): Kafka {
  return new Kafka({
    brokers: [...testBroker().brokers],
    clientId: 'beside',
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, retries: 20 },
  });
}

/** A connected transactional producer of kafkajs's that ends with the test. */
export async function transactionalProducer(): Promise<Producer> {
  const producer = plainKafka().producer({
    transactionalId: uniqueName('beside'),
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  return producer;
}
