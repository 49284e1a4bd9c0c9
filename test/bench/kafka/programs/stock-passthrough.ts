/**
 * kafkajs as it is installed: `eachBatch`, and for each batch a transaction with the same outputs and the offsets. Nothing of
 * `src/kafka` may be imported here, nor by what is imported: some of its mends change kafkajs for the whole process.
 */
import { Kafka, type KafkaMessage, logLevel, type Producer, type TopicMessages } from 'kafkajs';
import type { OutputSizes } from '../output-sizes.ts';
import { type ProgramTask, programTask } from '../place.ts';

interface Task extends ProgramTask {
  readonly sizes: OutputSizes;
}

const { place, sizes } = programTask<Task>();
const { brokers, groupId, partitions, topics } = place;
const DECISION = Buffer.alloc(sizes.decision, 'd');
const AUDIT = Buffer.alloc(sizes.audit, 'a');
const SESSION = Buffer.alloc(sizes.session, 's');
/** kafkajs makes one record batch of all that goes to a partition, and the broker takes 1 MiB of it. */
const MAX_RECORDS = Math.floor(950_000 / (Math.max(sizes.decision, sizes.audit, sizes.session) + 150));
/** By default a transaction that meets the markers of the last one waits 300 ms: settings may do better, without a mend. */
const retry = { initialRetryTime: 20, retries: 30 };

const kafka = new Kafka({ brokers: [...brokers], clientId: groupId, logLevel: logLevel.NOTHING, retry });

/** One a partition: they commit beside each other. */
async function openProducer(partition: number): Promise<Producer> {
  const transactionalId = `${groupId}-${partition}`;
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1, retry });
  await producer.connect();
  return producer;
}

function outputsOf(partition: number, messages: readonly KafkaMessage[]): TopicMessages[] {
  const decidedAt = new Date().toISOString();
  const sessions = new Map(messages.map(({ key }) => [String(key), key]));
  const decisions = messages.map(({ key, offset }) => {
    const headers = {
      tollgate_decided_at: decidedAt,
      tollgate_source: `${topics.events}/${partition}/${offset}`,
      tollgate_latency_us: '20000',
    };
    return { partition, key, value: DECISION, headers };
  });
  return [
    { topic: topics.decisions, messages: decisions },
    { topic: topics.audit, messages: messages.map(({ key }) => ({ partition, key, value: AUDIT })) },
    { topic: topics.sessions, messages: [...sessions.values()].map((key) => ({ partition, key, value: SESSION })) },
  ];
}

async function commit(partition: number, messages: readonly KafkaMessage[]): Promise<void> {
  const transaction = await (producers[partition] as Producer).transaction();
  await transaction.sendBatch({ topicMessages: outputsOf(partition, messages) });
  const offset = String(BigInt((messages.at(-1) as KafkaMessage).offset) + 1n);
  const offsets = [{ topic: topics.events, partitions: [{ partition, offset }] }];
  await transaction.sendOffsets({ consumerGroupId: groupId, topics: offsets });
  await transaction.commit();
}

const producers = await Promise.all(Array.from({ length: partitions }, (_, partition) => openProducer(partition)));
const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, sessionTimeout: 30_000 });
const end = async () => {
  await consumer.disconnect();
  process.exit(0);
};
process.once('SIGTERM', end);
consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
await consumer.connect();
await consumer.subscribe({ topic: topics.events, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  partitionsConsumedConcurrently: partitions,
  eachBatch: async ({ batch: { partition, messages }, heartbeat }) => {
    for (let at = 0; at < messages.length; at += MAX_RECORDS) {
      await commit(partition, messages.slice(at, at + MAX_RECORDS));
    }
    await heartbeat();
  },
});
