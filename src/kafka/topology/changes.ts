import type { Admin } from 'kafkajs';
import { TollgateError } from '../../domain/errors.ts';
import { kafkaError, kafkaErrorType } from '../kafka-error.ts';
import type { ObservedCluster } from './observe.ts';
import { CHANGELOG_SEGMENTS, type TopicNames, type TopicSpec } from './plan.ts';
import { hasLongSegments, referenceOf } from './problems.ts';

/** One step of making the topics right. */
export type TopicChange =
  | {
      readonly kind: 'create';
      readonly topic: string;
      readonly partitions: number;
      /** Undefined: what the brokers do by default. */
      readonly replicationFactor: number | undefined;
      readonly settings: ReadonlyMap<string, string>;
    }
  | {
      readonly kind: 'alter';
      readonly topic: string;
      /** What is set. */
      readonly settings: ReadonlyMap<string, string>;
      /** What was set on the topic before: sent along, because the brokers replace the whole set. */
      readonly overrides: ReadonlyMap<string, string>;
    };

/** "As the brokers do by default", in CreateTopics since version 4. */
const BROKER_DEFAULT = -1;
/** `ConfigResourceTypes.TOPIC` of kafkajs. */
const TOPIC_RESOURCE = 2;
const CREATE_TIMEOUT_MS = 30_000;

/**
 * What has to be done: topics that are missing, made with the partition count of those that are there, and settings of
 * ours that are wrong. Never changes a partition count, nor what somebody may have wanted as it is.
 */
export function planChanges(
  specs: readonly TopicSpec[],
  observed: ObservedCluster,
  names: Pick<TopicNames, 'partitions' | 'replicationFactor'>,
): readonly TopicChange[] {
  const partitions = referenceOf(specs, observed.topics)?.partitions ?? names.partitions;
  const { replicationFactor } = names;
  return specs.flatMap((spec): readonly TopicChange[] => {
    const topic = observed.topics.get(spec.name);
    if (topic === undefined || topic.kind === 'missing') {
      return [{ kind: 'create', topic: spec.name, partitions, replicationFactor, settings: spec.settings }];
    }
    if (topic.kind !== 'present' || topic.settings === undefined) return [];
    const settings = corrections(spec, topic.settings);
    return settings.size === 0 ? [] : [{ kind: 'alter', topic: spec.name, settings, overrides: topic.overrides }];
  });
}

function corrections(spec: TopicSpec, settings: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const wrong = new Map<string, string>();
  if (Number(settings.get('max.message.bytes')) < spec.ampleMessageBytes) {
    wrong.set('max.message.bytes', String(spec.ampleMessageBytes));
  }
  if (spec.role !== 'sessions') return wrong;
  if (settings.get('cleanup.policy') !== 'compact') wrong.set('cleanup.policy', 'compact');
  if (hasLongSegments(settings)) for (const [name, value] of CHANGELOG_SEGMENTS) wrong.set(name, value);
  return wrong;
}

/** Makes the changes, one after another. Throws `topology_invalid` for one that the brokers will not make. */
export async function applyChanges(admin: Admin, changes: readonly TopicChange[]): Promise<void> {
  for (const change of changes) {
    try {
      if (change.kind === 'create') await createTopic(admin, change);
      else await alterTopic(admin, change);
    } catch (thrown) {
      throw refusal(change, thrown);
    }
  }
}

/**
 * Does nothing where somebody else made the topic in the meantime. Does not wait until it can be described: kafkajs's way
 * of waiting fails with UNKNOWN_TOPIC_OR_PARTITION where a broker has not heard of the topic yet (seen on one node).
 */
async function createTopic(admin: Admin, change: Extract<TopicChange, { kind: 'create' }>): Promise<void> {
  const { topic, partitions: numPartitions, replicationFactor = BROKER_DEFAULT, settings } = change;
  await admin.createTopics({
    topics: [{ topic, numPartitions, replicationFactor, configEntries: toEntries(settings) }],
    waitForLeaders: false,
    timeout: CREATE_TIMEOUT_MS,
  });
}

async function alterTopic(admin: Admin, change: Extract<TopicChange, { kind: 'alter' }>): Promise<void> {
  const configEntries = toEntries(new Map([...change.overrides, ...change.settings]));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: TOPIC_RESOURCE, name: change.topic, configEntries }],
  });
}

function toEntries(settings: ReadonlyMap<string, string>): { name: string; value: string }[] {
  return Array.from(settings, ([name, value]) => ({ name, value }));
}

/** Brokers' answers about what was asked for, in place of failures to ask. */
const REFUSALS: Readonly<Record<string, string>> = {
  INVALID_REPLICATION_FACTOR: 'correct topics.replicationFactor: there are not so many brokers',
  INVALID_PARTITIONS: 'correct topics.partitions',
  INVALID_CONFIG: 'have the topic made by whoever runs the brokers: they take other settings',
  POLICY_VIOLATION: 'have the topic made by whoever runs the brokers: their policy forbids it',
  TOPIC_AUTHORIZATION_FAILED: 'grant CREATE and ALTER_CONFIGS, or have the topic made by whoever runs the brokers',
  CLUSTER_AUTHORIZATION_FAILED: 'grant CREATE on the cluster, or have the topic made by whoever runs the brokers',
};

function refusal({ kind, topic }: TopicChange, thrown: unknown): TollgateError {
  const cause = firstError(thrown);
  const next = REFUSALS[kafkaErrorType(cause) ?? ''];
  if (next === undefined) return kafkaError(cause, `${kind === 'create' ? 'creating' : 'altering'} topic ${topic}`);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TollgateError('topology_invalid', `cannot ${kind} topic ${topic}: ${why}`, { next, cause: thrown });
}

/** kafkajs puts errors of CreateTopics into a list, whose own message says nothing. */
function firstError(thrown: unknown): unknown {
  const errors: unknown =
    typeof thrown === 'object' && thrown !== null && 'errors' in thrown ? thrown.errors : undefined;
  return Array.isArray(errors) ? (errors[0] ?? thrown) : thrown;
}
