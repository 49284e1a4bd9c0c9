import { ALL_RIGHTS } from '../missing-right.ts';
import type { ObservedCluster, PresentTopic } from './observe.ts';
import type { TopicRole, TopicSpec } from './plan.ts';

/** One thing that is wrong with topics. An error keeps a processor from starting, a warning does not. */
export interface TopologyProblem {
  readonly severity: 'error' | 'warning';
  /** The topics that it is true of, at least one. */
  readonly topics: readonly string[];
  /** A sentence without its subject, which the topics are. */
  readonly message: string;
  /** What to do about it. */
  readonly next: string;
}

/** A topic that is there, beside what it must be like. */
interface Found {
  readonly spec: TopicSpec;
  readonly topic: PresentTopic;
}

type Fault = Omit<TopologyProblem, 'topics'>;

const CREATE = 'tollgate topics create';
const SETS_IT = `run ${CREATE}: it sets this, and keeps the other settings`;

/** A weekend: input that is gone before anyone came to look was never judged. */
const SHORT_RETENTION_MS = 3 * 86_400_000;
/** Where the changelog's open segment, which is never compacted, may grow beyond both, takeovers take long. */
const LONG_SEGMENT_BYTES = 134_217_728;
const LONG_SEGMENT_MS = 86_400_000;
const SAFE_COPIES = 3;

/** Everything that is wrong, errors first. The same thing about several topics is one problem. */
export function findProblems(
  specs: readonly TopicSpec[],
  { topics, nodes }: ObservedCluster,
): readonly TopologyProblem[] {
  const found: TopologyProblem[] = [];
  const reference = referenceOf(specs, topics);
  for (const spec of specs) {
    const topic = topics.get(spec.name);
    const faults =
      topic?.kind === 'present'
        ? [...countFaults({ spec, topic }, reference), ...settingFaults({ spec, topic }, nodes)]
        : [absenceFault(topic, spec)];
    found.push(...faults.map((fault) => ({ ...fault, topics: [spec.name] })));
  }
  const merged = mergeSame(found);
  return [...merged.filter(isError), ...merged.filter((problem) => !isError(problem))];
}

/** True for what keeps a processor from starting. */
export function isError(problem: TopologyProblem): boolean {
  return problem.severity === 'error';
}

/** `agent.audit, agent.steps: replication factor is 1`. */
export function formatTopologyProblem({ topics, message }: TopologyProblem): string {
  return `${topics.join(', ')}: ${message}`;
}

/** The topic that says how many partitions there are: the first that is there, inputs first. */
export interface Reference {
  readonly name: string;
  readonly partitions: number;
}

export function referenceOf(specs: readonly TopicSpec[], topics: ObservedCluster['topics']): Reference | undefined {
  for (const { name, role } of specs) {
    const topic = topics.get(name);
    if (topic?.kind === 'present' && role !== 'dead letters') return { name, partitions: topic.partitions };
  }
  return undefined;
}

/** The right on a topic of each role; each of them includes DESCRIBE. */
const RIGHTS: Readonly<Record<TopicRole, string>> = {
  events: 'READ',
  control: 'READ',
  decisions: 'WRITE',
  audit: 'WRITE',
  'dead letters': 'WRITE',
  sessions: 'READ and WRITE',
};

function absenceFault(
  topic: Exclude<ReturnType<ObservedCluster['topics']['get']>, PresentTopic>,
  { role }: TopicSpec,
): Fault {
  if (topic === undefined || topic.kind === 'missing') {
    return error('does not exist', `make it, or run ${CREATE}`);
  }
  if (topic.kind === 'forbidden') {
    const next = `grant this user ${RIGHTS[role]} on the topic (DESCRIBE to look at it); ${ALL_RIGHTS}`;
    return error(`may not be described (${topic.why})`, next);
  }
  return error(`cannot be used now (${topic.why})`, 'see that the brokers that hold it are up');
}

function countFaults({ spec, topic }: Found, reference: Reference | undefined): readonly Fault[] {
  if (reference === undefined || topic.partitions === reference.partitions) return [];
  // A dead letter has the partition number of its record, but nothing is joined with it.
  if (spec.role === 'dead letters' && topic.partitions > reference.partitions) return [];
  const message = `has ${partitionsOf(topic.partitions)}, and ${reference.name} has ${reference.partitions}`;
  const next = `name another topic, made with ${partitionsOf(reference.partitions)}; adding some to this one would part sessions from what is known of them`;
  return [error(message, next)];
}

function settingFaults(found: Found, nodes: number): readonly Fault[] {
  const { settings } = found.topic;
  const copies = copiesFaults(found, nodes);
  if (settings !== undefined) return [...RULES.flatMap((rule) => rule(found, settings)), ...copies];
  const next = 'grant DESCRIBE_CONFIGS on the topic to have them checked';
  return [warning('has settings that may not be read, and were not checked', next), ...copies];
}

function copiesFaults({ topic }: Found, nodes: number): readonly Fault[] {
  if (topic.copies >= SAFE_COPIES) return [];
  const message = `has replication factor ${topic.copies}: a lost disk may take committed records with it`;
  const next =
    nodes < SAFE_COPIES
      ? `good enough to try things out; use at least ${SAFE_COPIES} brokers in production`
      : `reassign its partitions to ${SAFE_COPIES} brokers (kafka-reassign-partitions)`;
  return [warning(message, next)];
}

type Rule = (found: Found, settings: ReadonlyMap<string, string>) => readonly Fault[];

const RULES: readonly Rule[] = [
  cleanupFaults,
  sizeFaults,
  inSyncFaults,
  segmentFaults,
  retentionFaults,
  electionFaults,
];

function cleanupFaults({ spec }: Found, settings: ReadonlyMap<string, string>): readonly Fault[] {
  const policy = settings.get('cleanup.policy') ?? '';
  if (spec.role === 'sessions') {
    if (policy === 'compact') return [];
    return [error(`has cleanup.policy=${policy}: live sessions would be forgotten`, SETS_IT)];
  }
  if (!policy.includes('compact')) return [];
  const message = `has cleanup.policy=${policy}: of each session only the last record would stay`;
  const next = 'set cleanup.policy=delete (kafka-configs --alter), once its retention is what you want';
  return [spec.isOutput ? error(message, next) : warning(message, next)];
}

function sizeFaults({ spec }: Found, settings: ReadonlyMap<string, string>): readonly Fault[] {
  const bytes = numberOf(settings, 'max.message.bytes');
  if (bytes === undefined || bytes >= spec.ampleMessageBytes) return [];
  const has = `has max.message.bytes=${bytes}`;
  if (!spec.isOutput) {
    return [warning(`${has}: events as large as limits.maxEventBytes allows may not fit`, SETS_IT)];
  }
  const message = `${has}, and ${spec.role} may need ${spec.ampleMessageBytes}`;
  if (bytes >= spec.minMessageBytes) return [warning(message, SETS_IT)];
  return [error(`${message}: one large event would stop its partition`, SETS_IT)];
}

function inSyncFaults({ spec, topic }: Found, settings: ReadonlyMap<string, string>): readonly Fault[] {
  const inSync = numberOf(settings, 'min.insync.replicas');
  if (!spec.isOutput || inSync === undefined) return [];
  if (inSync > topic.copies) {
    const message = `has min.insync.replicas=${inSync} and replication factor ${topic.copies}: nothing can be written`;
    return [error(message, 'lower min.insync.replicas (kafka-configs --alter), or add copies')];
  }
  if (inSync > 1 || topic.copies < SAFE_COPIES) return [];
  const message = 'has min.insync.replicas=1: what one broker alone has is taken for committed';
  return [warning(message, 'set min.insync.replicas=2 (kafka-configs --alter)')];
}

function segmentFaults({ spec }: Found, settings: ReadonlyMap<string, string>): readonly Fault[] {
  if (spec.role !== 'sessions' || !hasLongSegments(settings)) return [];
  const shown = ['segment.bytes', 'segment.ms'].map((name) => `${name}=${settings.get(name)}`).join(', ');
  return [warning(`has ${shown}: compaction lags, takeovers take longer`, SETS_IT)];
}

/** True where the open segment of a changelog may grow long in bytes and in time. */
export function hasLongSegments(settings: ReadonlyMap<string, string>): boolean {
  const bytes = numberOf(settings, 'segment.bytes') ?? 0;
  const ms = numberOf(settings, 'segment.ms') ?? 0;
  return bytes > LONG_SEGMENT_BYTES && ms > LONG_SEGMENT_MS;
}

function retentionFaults({ spec }: Found, settings: ReadonlyMap<string, string>): readonly Fault[] {
  const ms = numberOf(settings, 'retention.ms') ?? -1;
  const isShort = ms >= 0 && ms < SHORT_RETENTION_MS;
  if (spec.isOutput || !isShort || settings.get('cleanup.policy') === 'compact') return [];
  const message = `has retention.ms=${ms}: after an outage that long, events are gone before they are judged`;
  return [warning(message, `set retention.ms to at least ${SHORT_RETENTION_MS} (kafka-configs --alter)`)];
}

function electionFaults(_: Found, settings: ReadonlyMap<string, string>): readonly Fault[] {
  if (settings.get('unclean.leader.election.enable') !== 'true') return [];
  const message = 'has unclean.leader.election.enable=true: committed records may be lost or judged again';
  return [warning(message, 'set unclean.leader.election.enable=false (kafka-configs --alter)')];
}

function numberOf(settings: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = settings.get(name);
  return text === undefined || text === '' ? undefined : Number(text);
}

function mergeSame(problems: readonly TopologyProblem[]): readonly TopologyProblem[] {
  const merged = new Map<string, TopologyProblem>();
  for (const problem of problems) {
    const same = `${problem.severity} ${problem.message} ${problem.next}`;
    const earlier = merged.get(same);
    merged.set(same, { ...problem, topics: [...(earlier?.topics ?? []), ...problem.topics] });
  }
  return [...merged.values()];
}

function partitionsOf(count: number): string {
  return count === 1 ? '1 partition' : `${count} partitions`;
}

function error(message: string, next: string): Fault {
  return { severity: 'error', message, next };
}

function warning(message: string, next: string): Fault {
  return { severity: 'warning', message, next };
}
