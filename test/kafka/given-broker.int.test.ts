import { Kafka, logLevel } from 'kafkajs';
import { expect, it } from 'vitest';
import { describeWithKafka, testBroker, uniqueName } from './given-broker.ts';

describeWithKafka('the broker that tests are given', () => {
  it('makes topics', async () => {
    const admin = new Kafka({ brokers: [...testBroker().brokers], logLevel: logLevel.NOTHING }).admin();
    const topic = uniqueName('in');
    await admin.connect();
    try {
      await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] });
      const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
      expect(metadata.topics[0]?.partitions).toHaveLength(3);
    } finally {
      await admin.disconnect();
    }
  });
});
