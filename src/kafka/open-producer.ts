import { setTimeout } from 'node:timers/promises';
import { loadCodec } from '../compression/codecs.ts';
import { TollgateError } from '../domain/errors.ts';
import { chooseProtocol } from './choose-protocol.ts';
import { kafkaAnswer, kafkaError, kafkaErrorType } from './kafka-error.ts';
import type { KafkaCluster } from './kafkajs.ts';
import { findCoordinator, forgetCoordinator } from './mends/coordinator-cache.ts';
import { askTopicIds } from './topic-ids.ts';
import { TransactionalProducer, type TransactionOptions } from './transaction.ts';

const FIRST_DELAY_MS = 3;
const MAX_DELAY_MS = 500;
/** Answers to FindCoordinator and InitProducerId that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
]);

/**
 * Opens a producer: from here on whoever had this id before can commit nothing. Waits, as long as the signal lets it,
 * while the coordinators are being found or end an earlier transaction. Reads the metadata anew: the last producer may
 * have failed of leaders that moved, and nobody else looks after those of output topics. Throws what `kafkaError` makes of
 * the rest.
 */
export async function openProducer(
  cluster: KafkaCluster,
  options: TransactionOptions,
  signal: AbortSignal,
): Promise<TransactionalProducer> {
  const { transactionalId, groupId, transactionTimeoutMs: transactionTimeout } = options;
  // Whoever failed before may have failed because they have moved.
  const forget = () => {
    forgetCoordinator(cluster, { transactionalId });
    forgetCoordinator(cluster, { groupId });
  };
  forget();
  try {
    await loadCompression(options);
    await readMetadata(cluster, groupId);
    const { transaction, identity } = await whilePassing(
      async () => {
        const coordinator = await findCoordinator(cluster, { transactionalId });
        const given = await coordinator.initProducerId({ transactionalId, transactionTimeout });
        return { transaction: coordinator, identity: given };
      },
      forget,
      signal,
    );
    const group = await whilePassing(() => findCoordinator(cluster, { groupId }), forget, signal);
    const protocol = await chooseProtocol(cluster, options, { transaction, group });
    const { producerId, producerEpoch } = identity;
    return new TransactionalProducer(cluster, options.compression, protocol, { producerId, producerEpoch });
  } catch (thrown) {
    throw kafkaError(thrown, `opening transactional id ${transactionalId}`);
  }
}

/** From here on batches can be compressed at once. */
async function loadCompression({ compression }: TransactionOptions): Promise<void> {
  if (compression === 'none') return;
  await loadCodec(compression).catch((cause: unknown) => {
    throw new TollgateError('config_invalid', `there is no ${compression} for this machine`, {
      where: 'kafka.compression',
      next: 'give it another value, or install Tollgate again here, with the optional packages of its dependencies',
      cause,
    });
  });
}

const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';

/** A topic that is not there is named: kafkajs's error says only that there is one. */
async function readMetadata(cluster: KafkaCluster, groupId: string): Promise<void> {
  try {
    await cluster.refreshMetadata();
  } catch (thrown) {
    if (kafkaErrorType(thrown) !== UNKNOWN_TOPIC) throw thrown;
    const broker = await findCoordinator(cluster, { groupId });
    const { refused } = await askTopicIds(broker, [...cluster.targetTopics]);
    const missing = refused.size === 0 ? 'the topics' : `topic ${[...refused.keys()].join(', ')}`;
    throw kafkaAnswer(UNKNOWN_TOPIC, `looking for ${missing}`, thrown);
  }
}

async function whilePassing<T>(call: () => Promise<T>, forget: () => void, signal: AbortSignal): Promise<T> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    try {
      return await call();
    } catch (thrown) {
      if (!PASSING.has(kafkaErrorType(thrown) ?? '') || signal.aborted) throw thrown;
      forget();
    }
    await setTimeout(delayMs, undefined, { signal });
  }
}
