/** The topics of a processor by name (contract section 5), and how missing ones are made. Has the shape of `topics:`. */
export interface TopicNames {
  readonly events: readonly string[];
  readonly control: string;
  readonly decisions: string;
  readonly audit: string;
  readonly deadLetter: string;
  readonly sessions: string;
  /** Partitions of topics that are made while none is there whose count they must match. */
  readonly partitions: number;
  /** Copies of each partition; absent: what the brokers do by default. */
  readonly replicationFactor?: number;
}

/** What the topics follow from. A whole configuration has this shape. */
export interface TopologySettings {
  readonly topics: TopicNames;
  /** All in bytes. */
  readonly limits: {
    readonly maxEventBytes: number;
    readonly maxAnswerBytes: number;
    readonly maxPolicyStateBytes: number;
  };
  readonly policies: readonly { readonly engine: { readonly kind: string } }[];
}

export type TopicRole = 'events' | 'control' | 'decisions' | 'audit' | 'dead letters' | 'sessions';

/** What one topic must be like. */
export interface TopicSpec {
  readonly name: string;
  readonly role: TopicRole;
  /** The configuration key that names it. */
  readonly key: string;
  /** True for those that Tollgate writes. */
  readonly isOutput: boolean;
  /** `compact` for the changelog only: everywhere else compaction would remove records that nobody read. */
  readonly cleanupPolicy: 'compact' | 'delete';
  /** `max.message.bytes` below which what one event may lead to does not fit; such an event could never be committed. */
  readonly minMessageBytes: number;
  /** `max.message.bytes` that is enough when all policies answer as much as they may. */
  readonly ampleMessageBytes: number;
  /** Settings that the topic is made with, by Kafka's names. */
  readonly settings: ReadonlyMap<string, string>;
}

/** Kafka's own default of `max.message.bytes`. */
const DEFAULT_MESSAGE_BYTES = 1_048_588;
/** Ids, names, inspectors' reasons, headers, the batch around a record: what is there beside the parts with a limit. */
const ENVELOPE_BYTES = 65_536;
/** A policy's answer stands in a decision twice: as its verdict, and in what was made of all verdicts. */
const ANSWER_COPIES = 2;
/** The facts of a session that have no limit in the configuration; their lists are bounded by the judge. */
const SESSION_FACTS_BYTES = 131_072;

/**
 * As `__consumer_offsets` has it (`offsets.topic.segment.bytes`), for the same reason: the open segment is never
 * compacted, and is read whole at each takeover.
 */
const CHANGELOG_SEGMENT_BYTES = 104_857_600;
const CHANGELOG_SEGMENT_MS = 3_600_000;
/** With so many copies, one may be missing while writes go on, if two must be there (`min.insync.replicas`). */
const COPIES_FOR_TWO_IN_SYNC = 3;

/** What each topic must be like, in the order of the configuration's keys. */
export function planTopology(settings: TopologySettings): readonly TopicSpec[] {
  const { topics, limits } = settings;
  const { maxEventBytes: event, maxAnswerBytes, maxPolicyStateBytes: state } = limits;
  const askers = Math.max(1, settings.policies.filter(({ engine }) => engine.kind !== 'inspector').length);
  const answer = ANSWER_COPIES * maxAnswerBytes;
  const copies = topics.replicationFactor;
  const input = event + ENVELOPE_BYTES;
  const decision = ENVELOPE_BYTES + answer;
  const ampleDecision = ENVELOPE_BYTES + answer * askers;
  const facts = ENVELOPE_BYTES + SESSION_FACTS_BYTES;
  return [
    ...topics.events.map((name) => inputSpec(name, 'events', input)),
    inputSpec(topics.control, 'control', input),
    outputSpec(topics.decisions, 'decisions', 'decisions', [decision, ampleDecision], copies),
    // Masking may lengthen short values (`1` becomes `[masked]`): at worst the event's text doubles.
    outputSpec(topics.audit, 'audit', 'audit', [event + decision, 2 * event + ampleDecision], copies),
    outputSpec(topics.deadLetter, 'dead letters', 'deadLetter', [input, input], copies),
    outputSpec(topics.sessions, 'sessions', 'sessions', [facts + state, facts + state * askers], copies),
  ];
}

function inputSpec(name: string, role: 'events' | 'control', bytes: number): TopicSpec {
  return {
    name,
    role,
    key: `topics.${role}`,
    isOutput: false,
    cleanupPolicy: 'delete',
    minMessageBytes: 0,
    ampleMessageBytes: bytes,
    settings: new Map([
      ['cleanup.policy', 'delete'],
      ['max.message.bytes', String(Math.max(DEFAULT_MESSAGE_BYTES, bytes))],
    ]),
  };
}

function outputSpec(
  name: string,
  role: TopicRole,
  key: string,
  [minMessageBytes, ampleMessageBytes]: readonly [number, number],
  copies: number | undefined,
): TopicSpec {
  const cleanupPolicy = role === 'sessions' ? 'compact' : 'delete';
  const settings = new Map<string, string>([
    ['cleanup.policy', cleanupPolicy],
    ['max.message.bytes', String(Math.max(DEFAULT_MESSAGE_BYTES, ampleMessageBytes))],
    ...(role === 'sessions' ? CHANGELOG_SEGMENTS : []),
  ]);
  if (copies !== undefined && copies >= COPIES_FOR_TWO_IN_SYNC) settings.set('min.insync.replicas', '2');
  return {
    name,
    role,
    key: `topics.${key}`,
    isOutput: true,
    cleanupPolicy,
    minMessageBytes,
    ampleMessageBytes,
    settings,
  };
}

/** How the changelog's segments are kept short. */
export const CHANGELOG_SEGMENTS: readonly (readonly [name: string, value: string])[] = [
  ['segment.bytes', String(CHANGELOG_SEGMENT_BYTES)],
  ['segment.ms', String(CHANGELOG_SEGMENT_MS)],
];
