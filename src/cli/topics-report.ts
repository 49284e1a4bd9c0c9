import { TollgateError } from '../domain/errors.ts';
import type { ObservedTopic } from '../kafka/topology/observe.ts';
import { formatTopologyProblem, isError, type TopologyProblem } from '../kafka/topology/problems.ts';
import type { TopologyReport } from '../kafka/topology/topology.ts';
import { formatTable } from './table.ts';
import { type Channel, printable } from './terminal.ts';

const HEAD = ['topic', 'holds', 'partitions', 'copies', 'cleanup.policy', 'max.message.bytes'];

/** The topics as a table, then what is wrong with them, two lines each. */
export function reportText(channel: Channel, { specs, observed, problems }: TopologyReport): string {
  const rows = specs.map(({ name, role }) => [name, role, ...cellsOf(observed.topics.get(name))]);
  return formatTable(channel, HEAD, rows) + problems.map((problem) => problemText(channel, problem)).join('');
}

/** The same for machines. */
export function reportFacts({ specs, observed, problems }: TopologyReport) {
  return {
    ok: !problems.some(isError),
    cluster_id: observed.clusterId,
    brokers: observed.nodes,
    topics: specs.map(({ name, role }) => topicFacts(name, role, observed.topics.get(name))),
    problems: problems.map(({ severity, topics, message, next }) => ({ severity, topics, message, next })),
  };
}

/** Throws `check_failed` when there are errors; they have been printed already. */
export function throwErrors({ problems }: TopologyReport, next: string): void {
  const errors = problems.filter(isError);
  const [first] = errors;
  if (first === undefined) return;
  const rest = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  throw new TollgateError('check_failed', `${formatTopologyProblem(first)}${rest}`, { next });
}

/** `error    agent.audit: does not exist`, with what to do about it below. */
function problemText({ colors }: Channel, problem: TopologyProblem): string {
  const color = isError(problem) ? colors.red : colors.yellow;
  const sentence = printable(formatTopologyProblem(problem));
  return `${color(problem.severity.padEnd(7))}  ${sentence}\n         ${colors.dim('next:')} ${printable(problem.next)}\n`;
}

function cellsOf(topic: ObservedTopic | undefined): readonly string[] {
  if (topic?.kind !== 'present') return [topic?.kind ?? 'missing', '-', '-', '-'];
  const shown = ['cleanup.policy', 'max.message.bytes'].map((name) => topic.settings?.get(name) ?? 'not readable');
  return [String(topic.partitions), String(topic.copies), ...shown];
}

function topicFacts(name: string, role: string, topic: ObservedTopic | undefined) {
  if (topic?.kind !== 'present') return { name, role, state: topic?.kind ?? 'missing' };
  const { partitions, copies: replication_factor, settings } = topic;
  return {
    name,
    role,
    state: topic.kind,
    partitions,
    replication_factor,
    settings: Object.fromEntries(settings ?? []),
  };
}
