import type { Admin, ConfigEntries } from 'kafkajs';
import { kafkaErrorType } from '../kafka-error.ts';

/** A topic as the brokers describe it. */
export type ObservedTopic =
  | {
      readonly kind: 'present';
      readonly partitions: number;
      /** Copies of the partition that has fewest. */
      readonly copies: number;
      /** What is in force, by Kafka's names; undefined where it may not be read. */
      readonly settings: ReadonlyMap<string, string> | undefined;
      /** What was set on the topic itself, and not on the brokers. */
      readonly overrides: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'missing' }
  /** There, as far as we know, and not to be described: `why` is the brokers' error. */
  | { readonly kind: 'forbidden' | 'unavailable'; readonly why: string };

export type PresentTopic = Extract<ObservedTopic, { readonly kind: 'present' }>;

/** The brokers and the topics that were asked for. */
export interface ObservedCluster {
  readonly clusterId: string;
  /** Brokers that are up. */
  readonly nodes: number;
  readonly topics: ReadonlyMap<string, ObservedTopic>;
}

/** `ConfigResourceTypes.TOPIC` and `ConfigSource.TOPIC_CONFIG` of kafkajs. */
const TOPIC_RESOURCE = 2;
const SET_ON_TOPIC = 1;

/** Errors that are an answer about a topic, and no failure of asking. */
const ANSWERS: Readonly<Record<string, 'missing' | 'forbidden' | 'unavailable'>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'missing',
  TOPIC_AUTHORIZATION_FAILED: 'forbidden',
  CLUSTER_AUTHORIZATION_FAILED: 'forbidden',
  LEADER_NOT_AVAILABLE: 'unavailable',
  LISTENER_NOT_FOUND: 'unavailable',
  REPLICA_NOT_AVAILABLE: 'unavailable',
};

/** Describes the cluster and these topics. Throws what kafkajs throws when the brokers do not answer. */
export async function observeTopology(admin: Admin, names: readonly string[]): Promise<ObservedCluster> {
  const { brokers, clusterId } = await admin.describeCluster();
  const topics = new Map<string, ObservedTopic>();
  // One by one: an error of one topic would be the answer for all that were asked for with it.
  for (const name of names) topics.set(name, await observeTopic(admin, name));
  return { clusterId, nodes: brokers.length, topics };
}

async function observeTopic(admin: Admin, name: string): Promise<ObservedTopic> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    const partitions = topics[0]?.partitions ?? [];
    const entries = await readSettings(admin, name);
    return {
      kind: 'present',
      partitions: partitions.length,
      copies: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      settings: entries === undefined ? undefined : toMap(entries),
      overrides: toMap(entries?.filter(({ configSource }) => Number(configSource) === SET_ON_TOPIC) ?? []),
    };
  } catch (thrown) {
    const why = kafkaErrorType(thrown) ?? '';
    const kind = ANSWERS[why];
    if (kind === undefined) throw thrown;
    return kind === 'missing' ? { kind } : { kind, why };
  }
}

async function readSettings(admin: Admin, name: string): Promise<readonly ConfigEntries[] | undefined> {
  try {
    const resources = [{ type: TOPIC_RESOURCE, name }];
    const described = await admin.describeConfigs({ resources, includeSynonyms: false });
    return described.resources[0]?.configEntries;
  } catch (thrown) {
    if (ANSWERS[kafkaErrorType(thrown) ?? ''] === 'forbidden') return undefined;
    throw thrown;
  }
}

function toMap(entries: readonly ConfigEntries[]): ReadonlyMap<string, string> {
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
}
