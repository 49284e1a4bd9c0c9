import { describe, expect, it } from 'vitest';
import { chooseProtocol } from '../../src/kafka/choose-protocol.ts';
import type { KafkaBroker, PartitionMetadata } from '../../src/kafka/kafkajs.ts';

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

  it('is the first one with several leaders, whose partitions it adds at once', async () => {
    const { asked, coordinators } = aCoordinator(NEW_ENOUGH);
    await chooseProtocol(aCluster(2, 1, 2), NAMES, coordinators);
    expect(asked).toEqual([]);
  });

  it.each([0, 26, 28])('is the first one where the brokers do not know request %d of the second', async (apiKey) => {
    const { asked, coordinators } = aCoordinator({ ...NEW_ENOUGH, [apiKey]: 4 });
    await chooseProtocol(aCluster(1), NAMES, coordinators);
    expect(asked).toEqual([]);
  });
});
