import { describeAdapter } from '../contract/adapter-contract.ts';
import { describeWithKafka } from './given-broker.ts';
import { kafkaHarness } from './kafka-harness.ts';

describeWithKafka('over a real broker', () => {
  describeAdapter('Kafka', kafkaHarness);
});
