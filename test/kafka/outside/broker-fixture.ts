import { Kafka, logLevel } from 'kafkajs';
import { testBroker, uniqueName } from '../given-broker.ts';
import type { RunTopics } from './run-records.ts';

/** A client for preparing what is read from outside. */
export function aClient(): Kafka {
  const retry = { initialRetryTime: 20, retries: 20, maxRetryTime: 500 };
  return new Kafka({ brokers: [...testBroker().brokers], clientId: 'outside', logLevel: logLevel.NOTHING, retry });
}

/** Makes topics with one replica. */
export async function createTopics(kafka: Kafka, names: readonly string[], partitions: number): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const topics = names.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 }));
  await admin.createTopics({ topics, waitForLeaders: true });
  await admin.disconnect();
}

/** The topics of a run of its own. */
export function uniqueTopics(): RunTopics {
  const name = uniqueName('outside');
  return {
    events: [`${name}-calls`, `${name}-steps`],
    control: `${name}-control`,
    decisions: `${name}-decisions`,
    audit: `${name}-audit`,
    deadLetter: `${name}-dead-letter`,
    sessions: `${name}-sessions`,
  };
}

/** Every topic of a run. */
export function namesOf({ events, control, decisions, audit, deadLetter, sessions }: RunTopics): readonly string[] {
  return [...events, control, decisions, audit, deadLetter, sessions];
}
