import { Kafka, logLevel } from 'kafkajs';
import { expect, it, onTestFinished } from 'vitest';
import type { TollgateError } from '../../src/domain/errors.ts';
import { openProducer } from '../../src/kafka/open-producer.ts';
import { readTopicIds } from '../../src/kafka/topic-ids.ts';
import { describeWithKafka, testBroker, uniqueName } from './given-broker.ts';
import { givenCluster } from './given-cluster.ts';

const RUNNING = new AbortController().signal;
const PATIENCE = { interval: 25, timeout: 20_000 };

describeWithKafka('opening a producer', () => {
  const { topics, cluster } = givenCluster();

  function options() {
    const [transactionalId, groupId] = [uniqueName('tx'), uniqueName('group')];
    return { transactionalId, groupId, transactionTimeoutMs: 10_000, compression: 'none' } as const;
  }

  /** Resolves when the broker knows them no more. */
  async function deleteTopics(names: readonly string[], kept: string): Promise<void> {
    const admin = new Kafka({ brokers: [...testBroker().brokers], logLevel: logLevel.NOTHING }).admin();
    onTestFinished(() => admin.disconnect());
    await admin.connect();
    await admin.deleteTopics({ topics: [...names] });
    const asking = await cluster([kept]);
    const known = async () => (await readTopicIds(asking, names, { topic: kept, partition: 0 }, RUNNING)).size;
    await expect.poll(known, PATIENCE).toBe(0);
  }

  it('names the topics that are not there, and no other; may be tried again', async () => {
    const [kept, gone, lost] = [uniqueName('kept'), uniqueName('gone'), uniqueName('lost')];
    await topics(1, [kept, gone, lost]);
    const own = await cluster([kept, gone, lost]);
    await openProducer(own, options(), RUNNING);
    await deleteTopics([gone, lost], kept);

    const error = await openProducer(own, options(), RUNNING).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'commit_failed', retryable: true });
    const { message, next } = error as TollgateError;
    expect(message).toContain('UNKNOWN_TOPIC_OR_PARTITION');
    expect(message).toContain(gone);
    expect(message).toContain(lost);
    expect(message).not.toContain(kept);
    expect(next).toContain('tollgate topics check');

    await topics(1, [gone, lost]);
    await expect(openProducer(own, options(), RUNNING)).resolves.toMatchObject({ isSpent: false });
  });
});
