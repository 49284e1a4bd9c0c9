import { createKafka } from '../../../src/kafka/client.ts';
import { type KafkaCluster, openCluster } from '../../../src/kafka/kafkajs.ts';
import { type FetchedRecord, fetchPartitions } from '../../../src/kafka/mends/fetch.ts';
import { isMetaKey } from '../../../src/kafka/meta-record.ts';
import { endOffsets } from '../../../src/kafka/partition-reader.ts';
import type { Place } from './place.ts';
import { QUIET } from './quiet.ts';

/** Mean sizes of what the program writes, bytes of a record's value. */
export interface OutputSizes {
  readonly decision: number;
  readonly audit: number;
  readonly session: number;
}

const SAMPLE_BYTES = 4 * 1024 * 1024;

/** Measures them in what a turn of the program left behind, from the middle of each topic. */
export async function measureOutputs({ brokers, partitions, topics }: Place): Promise<OutputSizes> {
  const cluster = await openCluster(createKafka({ brokers, clientId: 'sizes' }, QUIET));
  try {
    await cluster.addMultipleTargetTopics([topics.decisions, topics.audit, topics.sessions]);
    return {
      decision: await meanSize(cluster, topics.decisions, partitions),
      audit: await meanSize(cluster, topics.audit, partitions),
      session: await meanSize(cluster, topics.sessions, partitions),
    };
  } finally {
    await cluster.disconnect();
  }
}

async function meanSize(cluster: KafkaCluster, topic: string, partitions: number): Promise<number> {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const ends = await endOffsets(cluster, topic, all, 'last_stable', AbortSignal.timeout(10_000));
  const targets = all.map((partition) => {
    return { topic, partition, offset: Math.floor((ends.get(partition) ?? 0) / 2), maxBytes: SAMPLE_BYTES };
  });
  const [nodeId = '0'] = Object.keys(cluster.findLeaderForPartitions(topic, all));
  const broker = await cluster.findBroker({ nodeId });
  const options = { maxWaitMs: 100, minBytes: 1, maxBytes: 8 * SAMPLE_BYTES, isolation: 'read_committed' } as const;
  const fetched = await fetchPartitions(broker, targets, options);
  const records = fetched.flatMap((part) => part.records).filter(isNoMeta);
  if (records.length === 0) throw new Error(`nothing was written to ${topic}`);
  return Math.round(records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0) / records.length);
}

function isNoMeta({ key }: FetchedRecord): boolean {
  return key === null || !isMetaKey(key);
}
