import { setTimeout } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { TollgateError } from '../../domain/errors.ts';
import { withAdmin } from './admin.ts';
import { applyChanges, planChanges, type TopicChange } from './changes.ts';
import { type ObservedCluster, observeTopology } from './observe.ts';
import { planTopology, type TopicSpec, type TopologySettings } from './plan.ts';
import { findProblems, formatTopologyProblem, isError, type TopologyProblem } from './problems.ts';
import type { BrokerReach } from './reach.ts';

const LOOK_AGAIN_MS = 100;
const MOST_LOOKS = 50;
const NEXT_FOR_MANY = 'run `tollgate topics create`; it says what it cannot put right';

/** What the topics must be like, what they are like, and what follows from that. */
export interface TopologyReport {
  readonly specs: readonly TopicSpec[];
  readonly observed: ObservedCluster;
  readonly problems: readonly TopologyProblem[];
}

/** What a processor needs to know of its topics before it starts. */
export interface Topology {
  /** Of every topic: partition n of one belongs with partition n of the others. */
  readonly partitions: number;
  /** `max.message.bytes` of the topics whose settings may be read: the largest record batch that each takes. */
  readonly maxMessageBytes: ReadonlyMap<string, number>;
  /** Problems that do not keep it from starting. */
  readonly warnings: readonly TopologyProblem[];
}

/** What `topics create` did, or would do, and what is wrong after that (where nothing was done: before it). */
export interface CreateReport extends TopologyReport {
  readonly changes: readonly TopicChange[];
}

/** Describes the topics and says what is wrong with them. Changes nothing; throws as `withAdmin` does. */
export async function inspectTopology(
  kafka: Kafka,
  settings: TopologySettings,
  reach: BrokerReach,
  signal: AbortSignal,
): Promise<TopologyReport> {
  const specs = planTopology(settings);
  return await withAdmin(kafka, reach, signal, (admin) => report(admin, specs));
}

/** The check at the start of a processor. Throws `topology_invalid` with every error, and as `withAdmin` does. */
export async function checkTopology(
  kafka: Kafka,
  settings: TopologySettings,
  reach: BrokerReach,
  signal: AbortSignal,
): Promise<Topology> {
  const { specs, observed, problems } = await inspectTopology(kafka, settings, reach, signal);
  const errors = problems.filter(isError);
  if (errors.length > 0) throw topologyInvalid(errors);
  const present = specs.flatMap(({ name }) => {
    const topic = observed.topics.get(name);
    return topic?.kind === 'present' ? [{ name, topic }] : [];
  });
  return {
    partitions: present[0]?.topic.partitions ?? 0,
    maxMessageBytes: new Map(
      present.flatMap(({ name, topic }) => {
        const bytes = topic.settings?.get('max.message.bytes');
        return bytes === undefined ? [] : [[name, Number(bytes)] as const];
      }),
    ),
    warnings: problems.filter((problem) => !isError(problem)),
  };
}

/**
 * Makes missing topics and corrects settings of those that are there; a second time it finds nothing to do. With
 * `isDryRun` it only says what it would do. Throws `topology_invalid` for what the brokers refuse, and as `withAdmin` does.
 */
export async function createTopology(
  kafka: Kafka,
  settings: TopologySettings,
  reach: BrokerReach,
  signal: AbortSignal,
  isDryRun: boolean,
): Promise<CreateReport> {
  const specs = planTopology(settings);
  return await withAdmin(kafka, reach, signal, async (admin) => {
    const before = await report(admin, specs);
    const changes = planChanges(specs, before.observed, settings.topics);
    if (isDryRun || changes.length === 0) return { ...before, changes };
    await applyChanges(admin, changes);
    return { ...(await settledReport(admin, settings, specs, signal)), changes };
  });
}

/** What `topology_invalid` says: every error with its topics, a line each. */
function topologyInvalid(errors: readonly TopologyProblem[]): TollgateError {
  const lines = errors.map(formatTopologyProblem);
  const message =
    lines.length === 1 ? lines[0] : `the topics are not right:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  const [next, ...others] = new Set(errors.map((error) => error.next));
  return new TollgateError('topology_invalid', message ?? '', {
    next: next === undefined || others.length > 0 ? NEXT_FOR_MANY : next,
  });
}

/** Brokers learn of changes one after another, and any of them may be asked: looks again until all is as it was made. */
async function settledReport(
  admin: Admin,
  settings: TopologySettings,
  specs: readonly TopicSpec[],
  signal: AbortSignal,
): Promise<TopologyReport> {
  for (let look = 1; ; look++) {
    const after = await report(admin, specs);
    if (look === MOST_LOOKS || planChanges(specs, after.observed, settings.topics).length === 0) return after;
    await setTimeout(LOOK_AGAIN_MS, undefined, { signal });
  }
}

async function report(admin: Admin, specs: readonly TopicSpec[]): Promise<TopologyReport> {
  const observed = await observeTopology(
    admin,
    specs.map(({ name }) => name),
  );
  return { specs, observed, problems: findProblems(specs, observed) };
}
