import type { KafkaAdapterOptions } from '../../../src/kafka/adapter.ts';
import { PLAIN_FORM } from '../../../src/kafka/output-headers.ts';
import type { Place } from './place.ts';
import { QUIET } from './quiet.ts';

/** The adapter as the product opens it when its configuration says nothing else (`src/config/kafka.schema.ts`). */
export function adapterOptions({ brokers, groupId, topics }: Place): KafkaAdapterOptions {
  const { events, control, decisions, audit, deadLetter, sessions } = topics;
  return {
    client: { brokers, clientId: groupId },
    groupId,
    instanceId: 'bench-0',
    startFrom: 'earliest',
    sessionTimeoutMs: 10_000,
    heartbeatIntervalMs: 1000,
    transactionTimeoutMs: 10_000,
    compression: 'none',
    eventTopics: [events],
    controlTopic: control,
    outputs: { decisions, audit, deadLetter, sessions },
    form: PLAIN_FORM,
    maxBatchBytes: new Map(),
    fetch: { maxWaitMs: 100, bytesPerPartition: 262_144, maxBytes: 10_485_760 },
    logger: QUIET,
    metrics: {
      rebalanced: () => undefined,
      producerReset: () => undefined,
      lag: () => undefined,
      lagGone: () => undefined,
    },
  };
}
