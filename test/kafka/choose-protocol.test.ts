import { describe, expect, it } from 'vitest';
import { chooseProtocol } from '../../src/kafka/choose-protocol.ts';
import type { KafkaBroker, PartitionMetadata } from '../../src/kafka/kafkajs.ts';
import { WireWriter } from '../../src/kafka/mends/wire-writer.ts';
import { answeringBroker } from './mends/answering-broker.ts';

const NAMES = { transactionalId: 't', groupId: 'g' };
const NEW_ENOUGH = { 0: 12, 18: 4, 26: 5, 28: 5 };

/** A coordinator of brokers that know these versions; it notes whether it was asked for what the cluster has agreed on. */
function aCoordinator(versions: Readonly<Record<number, number>>) {
  const asked: string[] = [];
  const ranges = Object.entries(versions).map(([key, maxVersion]) => [key, { minVersion: 0, maxVersion }]);
  const broker = {
    versions: Object.fromEntries(ranges),
    connectionPool: {
      getConnectionByRequest: async () => {
        asked.push('features');
        throw new Error('asked');
      },
    },
  } as unknown as KafkaBroker;
  return { asked, coordinators: { transaction: broker, group: broker } };
}

/** An answer to ApiVersions 3: one request, a feature of another name, and `transaction.version` at this level. */
function featuresAnswer(level: number): Buffer {
  const features = new WireWriter().compactArray(2);
  features.compactString('metadata.version').int16(29).int16(1).noTags();
  features.compactString('transaction.version').int16(level).int16(0).noTags();
  const finalized = features.take();
  const body = new WireWriter().int16(0).compactArray(1).int16(0).int16(0).int16(13).noTags().int32(0);
  // Tag 1 is how often they changed, tag 2 which they are.
  body.unsignedVarint(2).unsignedVarint(1).unsignedVarint(8).int64(4);
  return Buffer.concat([body.unsignedVarint(2).unsignedVarint(finalized.length).take(), finalized]);
}

/** Two topics, whose partitions have these leaders. */
function aCluster(...leaders: readonly number[]) {
  const metadata = leaders.map((leader, partitionId) => ({ leader, partitionId }) as PartitionMetadata);
  return { targetTopics: new Set(['calls', 'decisions']), findTopicPartitionMetadata: () => metadata };
}

describe('the protocol of transactions', () => {
  it('is what the cluster has agreed on, where one broker leads all', async () => {
    const { asked, coordinators } = aCoordinator(NEW_ENOUGH);
    await expect(chooseProtocol(aCluster(2, 2, 2), NAMES, coordinators)).rejects.toThrow('asked');
    expect(asked).toEqual(['features']);
  });

  it.each([
    [0, 'first'],
    [1, 'first'],
    [2, 'second'],
    [3, 'second'],
  ] as const)('at level %d is the %s one', async (level, expected) => {
    const { broker } = answeringBroker(featuresAnswer(level));
    const { name } = await chooseProtocol(aCluster(1), NAMES, { transaction: broker, group: broker });
    expect(name).toBe(expected);
  });

  it('is the first one with several leaders, whose partitions it adds at once', async () => {
    const { asked, coordinators } = aCoordinator(NEW_ENOUGH);
    const { name } = await chooseProtocol(aCluster(2, 1, 2), NAMES, coordinators);
    expect([name, asked]).toEqual(['first', []]);
  });

  it.each([0, 26, 28])('is the first one where the brokers do not know request %d of the second', async (apiKey) => {
    const { asked, coordinators } = aCoordinator({ ...NEW_ENOUGH, [apiKey]: 4 });
    const { name } = await chooseProtocol(aCluster(1), NAMES, coordinators);
    expect([name, asked]).toEqual(['first', []]);
  });
});
