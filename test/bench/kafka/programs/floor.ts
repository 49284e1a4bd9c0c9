/**
 * The least that exactly-once can cost: one event, one transaction. Each event is copied twice, where decision and audit record
 * go, and its offset committed with it; then comes the next. The same fetch, the same transaction as the product's, and nothing else.
 */
import { createKafka } from '../../../../src/kafka/client.ts';
import { type KafkaBroker, type KafkaCluster, openCluster } from '../../../../src/kafka/kafkajs.ts';
import { type Member, Membership } from '../../../../src/kafka/membership.ts';
import { type FetchedRecord, fetchPartitions } from '../../../../src/kafka/mends/fetch.ts';
import { RecordBatchBuilder } from '../../../../src/kafka/mends/record-batch.ts';
import { openPair, type ProducerPair } from '../../../../src/kafka/producer-pair.ts';
import { adapterOptions } from '../adapter-options.ts';
import { type ProgramTask, programTask } from '../place.ts';
import { QUIET } from '../quiet.ts';

const { place } = programTask<ProgramTask>();
const { topics, groupId, partitions } = place;
const { fetch: limits, ...options } = adapterOptions(place);
const { signal } = new AbortController();

async function joined(): Promise<Member> {
  const membership = new Membership({
    ...options,
    kafka: createKafka(options.client, QUIET),
    topics: [topics.events],
    onRebalance: () => undefined,
  });
  return new Promise((resolve, reject) => {
    const lost = () => reject(new Error('the only member lost its partitions'));
    membership.open({ joined: resolve, lost }).catch(reject);
  });
}

async function leaderOf(cluster: KafkaCluster): Promise<KafkaBroker> {
  const [nodeId = '0'] = Object.keys(cluster.findLeaderForPartitions(topics.events, [0]));
  return await cluster.findBroker({ nodeId });
}

async function copy(
  producers: ProducerPair,
  member: Member,
  partition: number,
  { key, value, offset }: FetchedRecord,
): Promise<void> {
  const outputs = [topics.decisions, topics.audit].map((topic) => {
    const batch = new RecordBatchBuilder();
    batch.append({ key, value, timestampMs: Date.now() });
    return { topic, partition, batches: [batch] };
  });
  await producers.commit(
    { outputs, offsets: [{ topic: topics.events, partition, offset: offset + 1 }], member },
    signal,
  );
}

async function run(): Promise<void> {
  const cluster = await openCluster(createKafka(options.client, QUIET));
  await cluster.addMultipleTargetTopics([topics.events, topics.decisions, topics.audit]);
  const member = await joined();
  const producers = await openPair(cluster, { ...options, transactionalName: groupId }, signal);
  const leader = await leaderOf(cluster);
  const next = Array.from({ length: partitions }, () => 0);
  process.send?.('ready');
  for (;;) {
    const targets = next.map((offset, partition) => {
      return { topic: topics.events, partition, offset, maxBytes: limits.bytesPerPartition };
    });
    const reading = { ...limits, minBytes: 1, isolation: 'read_committed' } as const;
    for (const { partition, records, nextOffset } of await fetchPartitions(leader, targets, reading)) {
      for (const record of records) await copy(producers, member, partition, record);
      next[partition] = nextOffset;
    }
  }
}

process.once('SIGTERM', () => process.exit(0));
run().catch((thrown: unknown) => {
  process.stderr.write(`${String(thrown)}\n`);
  process.exit(1);
});
