import type { Kafka } from 'kafkajs';
import { TollgateError } from '../../domain/errors.ts';
import { ALL_RIGHTS } from '../missing-right.ts';
import { withAdmin } from '../topology/admin.ts';
import { observeTopology } from '../topology/observe.ts';
import type { BrokerReach } from '../topology/reach.ts';

/** Topics by what a replay does with them. */
export interface HistoryNames {
  /** Must be there. */
  readonly inputs: readonly string[];
  /** Are read where they are there: control, audit, decisions. */
  readonly beside: readonly string[];
}

/**
 * Which of the topics are there, and the number of partitions that all of them have. Throws `input_unreadable` when an
 * input is missing, `topology_invalid` when partition n of one cannot belong with partition n of another, `broker_refused`
 * when one may not be read, and as `withAdmin` does.
 */
export async function findHistory(
  kafka: Kafka,
  { inputs, beside }: HistoryNames,
  reach: BrokerReach,
  signal: AbortSignal,
): Promise<{ readonly present: ReadonlySet<string>; readonly partitions: number }> {
  const names = [...new Set([...inputs, ...beside])];
  const { topics } = await withAdmin(kafka, reach, signal, (admin) => observeTopology(admin, names));
  const counts = new Map<string, number>();
  for (const [name, topic] of topics) {
    if (topic.kind === 'present') counts.set(name, topic.partitions);
    else if (topic.kind === 'missing' && inputs.includes(name)) throw missing(name);
    else if (topic.kind !== 'missing') throw unreadable(name, topic.why);
  }
  const partitions = counts.get(inputs[0] ?? '') ?? 0;
  if ([...counts.values()].some((count) => count !== partitions)) throw unequal(counts);
  return { present: new Set(counts.keys()), partitions };
}

function missing(topic: string): TollgateError {
  return new TollgateError('input_unreadable', 'the topic does not exist', {
    where: topic,
    next: 'check its name, and that `kafka.brokers` names the cluster that holds it',
  });
}

function unreadable(topic: string, why: string): TollgateError {
  return new TollgateError('broker_refused', `the topic cannot be described: the broker answered ${why}`, {
    where: topic,
    next: `grant this user READ on the topic; ${ALL_RIGHTS}`,
  });
}

function unequal(counts: ReadonlyMap<string, number>): TollgateError {
  const told = [...counts].map(([name, count]) => `${name} (${count})`).join(', ');
  return new TollgateError('topology_invalid', 'the topics differ in their partitions: sessions would be torn apart', {
    where: told,
    next: 'name topics that one processor reads; `tollgate topics check` says what is wrong with the configured ones',
  });
}
