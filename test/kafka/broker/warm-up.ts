import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners } from 'kafkajs';

/** For a broker that is just starting, beside others, on a busy machine. */
const TIMEOUT_MS = 60_000;
const PAUSE_MS = 100;

/**
 * Resolves when these brokers take a whole transaction with offsets. A broker that is new makes its own topics for groups and
 * transactions at the first request for them, and until they are there answers what kafkajs does not retry. Rejects after
 * `timeoutMs` with the last error.
 */
export async function warmUp(brokers: readonly string[], nodes = 1, timeoutMs = TIMEOUT_MS): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      await transact(brokers, nodes);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`no transaction on ${brokers.join(',')}: ${error}`, { cause: error });
      await delay(PAUSE_MS);
    }
  }
}

async function transact(brokers: readonly string[], nodes: number): Promise<void> {
  const name = `warm-up-${randomBytes(6).toString('hex')}`;
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  const admin = kafka.admin();
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ transactionalId: name, maxInFlightRequests: 1, createPartitioner });
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length < nodes) throw new Error(`${cluster.brokers.length} of ${nodes} nodes`);
    await admin.createTopics({ topics: [{ topic: name, numPartitions: 1 }] });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: name, messages: [{ value: name }] });
    const topics = [{ topic: name, partitions: [{ partition: 0, offset: '1' }] }];
    await transaction.sendOffsets({ consumerGroupId: name, topics });
    await transaction.commit();
    await admin.deleteTopics({ topics: [name] });
  } finally {
    await producer.disconnect();
    await admin.disconnect();
  }
}
