import { setTimeout } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { Compression } from '../domain/compression.ts';
import type { Logger } from '../domain/log.ts';
import type { AdapterMetrics } from '../domain/metrics.ts';
import type { CrashHook, Source, StateLog } from '../pipeline/ports.ts';
import { createKafka, type KafkaClientOptions } from './client.ts';
import type { FetchLimits } from './fetcher.ts';
import { kafkaError, kafkaErrorType } from './kafka-error.ts';
import { type KafkaCluster, openCluster } from './kafkajs.ts';
import { KnownTopics } from './known-topics.ts';
import { Lag } from './lag.ts';
import { KafkaLog } from './log.ts';
import { Membership } from './membership.ts';
import { mendRequestQueue } from './mends/request-queue.ts';
import { type OutputForm, OutputHeaders } from './output-headers.ts';
import type { OutputTopics } from './plan-transaction.ts';
import { KafkaSource } from './source.ts';
import { StartPositions } from './start-positions.ts';

export interface KafkaAdapterOptions {
  readonly client: KafkaClientOptions;
  readonly groupId: string;
  /** Stable over restarts and unlike any other process's: the transactional id is made of it. */
  readonly instanceId: string;
  readonly startFrom: 'earliest' | 'latest';
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly transactionTimeoutMs: number;
  readonly compression: Compression;
  /** Event topics, without the control topic. */
  readonly eventTopics: readonly string[];
  readonly controlTopic: string;
  readonly outputs: OutputTopics;
  readonly form: OutputForm;
  /** `max.message.bytes` by topic. */
  readonly maxBatchBytes: ReadonlyMap<string, number>;
  readonly fetch: FetchLimits;
  readonly logger: Logger;
  readonly metrics: AdapterMetrics;
  readonly crashHook?: CrashHook | undefined;
}

/** The ports over Kafka. `close` leaves the group: to be called when the log has nothing more to commit. */
export interface KafkaAdapter {
  readonly source: Source;
  readonly log: StateLog;
  close(): Promise<void>;
}

const LOOK_AGAIN_MS = 100;
const MOST_LOOKS = 50;

/** Milliseconds of the wall clock with a fraction, so that latencies within one can be told. */
function preciseNowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Connects. Throws `broker_unreachable` or `broker_refused`. */
export async function openKafkaAdapter(options: KafkaAdapterOptions): Promise<KafkaAdapter> {
  const { eventTopics, controlTopic, outputs, logger } = options;
  mendRequestQueue();
  const kafka = createKafka(options.client, logger);
  const topics = [...eventTopics, controlTopic];
  const clusters: KafkaCluster[] = [];
  try {
    const cluster = await connect(kafka, clusters, [...topics, ...Object.values(outputs)]);
    const readers = await connect(kafka, clusters, [...topics, outputs.sessions]);
    return assemble(options, { kafka, cluster, readers, topics });
  } catch (thrown) {
    await Promise.allSettled(clusters.map((cluster) => cluster.disconnect()));
    throw kafkaError(thrown, 'connecting to the brokers');
  }
}

interface Connections {
  readonly kafka: Kafka;
  readonly cluster: KafkaCluster;
  readonly readers: KafkaCluster;
  readonly topics: readonly string[];
}

function assemble(options: KafkaAdapterOptions, { kafka, cluster, readers, topics }: Connections): KafkaAdapter {
  const { logger, groupId, metrics } = options;
  const ending = new AbortController();
  const lag = new Lag(metrics);
  const membership = new Membership({
    kafka,
    groupId,
    instanceId: options.instanceId,
    topics,
    sessionTimeoutMs: options.sessionTimeoutMs,
    heartbeatIntervalMs: options.heartbeatIntervalMs,
    logger,
    onRebalance: () => metrics.rebalanced(),
  });
  const starts = new StartPositions(readers, topics, options.startFrom, ending.signal);
  const knownTopics = new KnownTopics(topics);
  const source = new KafkaSource({
    cluster,
    membership,
    topics,
    controlTopic: options.controlTopic,
    starts,
    knownTopics,
    limits: options.fetch,
    logger,
    lag,
    nowMs: preciseNowMs,
  });
  const log = openLog(options, { kafka, cluster, readers, topics }, { membership, starts, knownTopics, lag });
  const close = async () => {
    ending.abort();
    await log.close();
    await membership.close();
    await Promise.allSettled([cluster.disconnect(), readers.disconnect()]);
  };
  return { source, log, close };
}

interface Parts {
  readonly membership: Membership;
  readonly starts: StartPositions;
  readonly knownTopics: KnownTopics;
  readonly lag: Lag;
}

function openLog(
  options: KafkaAdapterOptions,
  { cluster, readers, topics }: Connections,
  { membership, starts, knownTopics, lag }: Parts,
): KafkaLog {
  const { groupId, instanceId, outputs, maxBatchBytes, metrics, logger } = options;
  const { transactionTimeoutMs, compression, crashHook } = options;
  return new KafkaLog({
    cluster,
    readers,
    members: membership,
    starts,
    knownTopics,
    transaction: { transactionalName: `${groupId}-${instanceId}`, groupId, transactionTimeoutMs, compression },
    plan: {
      topics: outputs,
      headers: new OutputHeaders(options.form),
      inputTopics: new Set(topics),
      maxBatchBytes,
      topicIds: (partition) => knownTopics.of(partition),
    },
    logger,
    nowMs: preciseNowMs,
    onReset: (cause) => metrics.producerReset(cause),
    onCommitted: (offsets) => lag.committed(offsets),
    crashHook,
  });
}

async function connect(kafka: Kafka, opened: KafkaCluster[], topics: readonly string[]): Promise<KafkaCluster> {
  const cluster = await openCluster(kafka);
  opened.push(cluster);
  for (let look = 1; ; look++) {
    try {
      await cluster.addMultipleTargetTopics([...new Set(topics)]);
      return cluster;
    } catch (thrown) {
      // The topics are there, they were checked; a broker may hear of new ones a little later.
      if (kafkaErrorType(thrown) !== 'UNKNOWN_TOPIC_OR_PARTITION' || look === MOST_LOOKS) throw thrown;
      await setTimeout(LOOK_AGAIN_MS);
    }
  }
}
