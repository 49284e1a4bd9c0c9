import type { ObservedCluster, ObservedTopic } from '../../src/kafka/topology/observe.ts';
import { planTopology, type TopologySettings } from '../../src/kafka/topology/plan.ts';

/** Settings with the defaults of the configuration, for one policy of OPA and one inspector. */
export function settingsOf(topics: Partial<TopologySettings['topics']> = {}): TopologySettings {
  return {
    topics: {
      events: ['calls', 'steps'],
      control: 'control',
      decisions: 'decisions',
      audit: 'audit',
      deadLetter: 'dead',
      sessions: 'sessions',
      partitions: 8,
      ...topics,
    },
    limits: { maxEventBytes: 262_144, maxAnswerBytes: 65_536, maxPolicyStateBytes: 4096 },
    policies: [{ engine: { kind: 'opa' } }, { engine: { kind: 'inspector' } }],
  };
}

/** What may differ of a topic from one that is right. */
export interface Difference {
  readonly partitions?: number;
  readonly copies?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

const RIGHT = {
  'cleanup.policy': 'delete',
  'max.message.bytes': '1048588',
  'min.insync.replicas': '2',
  'retention.ms': '604800000',
  'segment.bytes': '1073741824',
  'segment.ms': '604800000',
  'unclean.leader.election.enable': 'false',
};

const RIGHT_CHANGELOG = {
  ...RIGHT,
  'cleanup.policy': 'compact',
  'segment.bytes': '104857600',
  'segment.ms': '3600000',
};

/** A topic as three good brokers have it, but for the differences. */
export function topicOf(name: string, { partitions = 8, copies = 3, settings = {} }: Difference = {}): ObservedTopic {
  const right = name === 'sessions' ? RIGHT_CHANGELOG : RIGHT;
  return {
    kind: 'present',
    partitions,
    copies,
    settings: new Map(Object.entries({ ...right, ...settings })),
    overrides: new Map(Object.entries(settings)),
  };
}

/** Three brokers with the topics of `settingsOf()`, but for what `others` says. */
export function clusterOf(
  others: Readonly<Record<string, Difference | ObservedTopic>> = {},
  nodes = 3,
): ObservedCluster {
  const topics = planTopology(settingsOf()).map(({ name }) => {
    const other = others[name];
    return [name, other !== undefined && 'kind' in other ? other : topicOf(name, other)] as const;
  });
  return { clusterId: 'c', nodes, topics: new Map(topics) };
}
