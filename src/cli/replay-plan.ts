import type { Config } from '../config/config.ts';
import { TollgateError } from '../domain/errors.ts';
import type { HistoryTopic } from '../kafka/history/reader.ts';
import type { HistoryNames } from '../kafka/history/topics.ts';
import type { HistoryTopics } from '../replay/history.ts';
import type { ReplayFlags } from './replay-flags.ts';
import { topicsNamed } from './replay-topic-names.ts';

/** What a replay of topics reads, and what for. */
export interface ReplayPlan {
  readonly topics: HistoryTopics;
  /** The topics whose records are judged. */
  readonly inputs: readonly string[];
  /** All that is read, with where it ends, in the order in which the ends are to be found. */
  readonly opened: readonly HistoryTopic[];
  /** Of every topic. */
  readonly partitions: number;
  /** Those that are judged. */
  readonly chosen: readonly number[];
  readonly recorded: RecordedPlan;
  /** Topics that a live run with this configuration judges too. */
  readonly leftOut: readonly string[];
}

/** Where recorded verdicts are taken from. */
export type RecordedPlan =
  | { readonly kind: 'topic'; readonly topic: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'none' };

/** Looks which topics are there. */
type Find = (names: HistoryNames) => Promise<{ readonly present: ReadonlySet<string>; readonly partitions: number }>;

/**
 * Decides what is read. The control topic comes with the events topics, as in a live run, unless `--no-control` was given;
 * the audit topic says the order, the decisions topic what was recorded. Throws `usage` for what cannot be, and as `find`.
 */
export async function planReplay(
  named: readonly string[],
  flags: ReplayFlags,
  { topics: configured }: Config,
  find: Find,
): Promise<ReplayPlan> {
  const { control, audit, events } = configured;
  const isLiveInput = named.some((topic) => events.includes(topic));
  const takesControl = flags.control !== false && isLiveInput;
  const wanted = recordedPlan(flags, configured.decisions);
  const inputs = wanted.isChosen ? [...named, ...topicOf(wanted.recorded)] : named;
  const beside = [audit, ...(takesControl ? [control] : []), ...(wanted.isChosen ? [] : topicOf(wanted.recorded))];
  const { present, partitions } = await find({ inputs, beside });

  const isControlled = named.includes(control) || (takesControl && present.has(control));
  const judged = named.filter((topic) => topic !== control);
  const recorded = topicOf(wanted.recorded).every((topic) => present.has(topic)) ? wanted.recorded : NONE;
  const topics = {
    events: judged,
    control: isControlled ? control : undefined,
    audit: present.has(audit) ? audit : undefined,
  };
  const read = isControlled ? [...judged, control] : judged;
  return {
    topics,
    inputs: read,
    opened: openedTopics(read, topics.audit, recorded),
    partitions,
    chosen: chosenOf(partitions, flags.partitions),
    recorded,
    leftOut: isLiveInput ? events.filter((topic) => !named.includes(topic)) : [],
  };
}

const NONE: RecordedPlan = { kind: 'none' };

function recordedPlan(
  { recorded }: ReplayFlags,
  decisions: string,
): { readonly recorded: RecordedPlan; readonly isChosen: boolean } {
  if (recorded === undefined) return { recorded: { kind: 'topic', topic: decisions }, isChosen: false };
  const [topic, ...more] = topicsNamed(recorded) ?? [];
  if (topic === undefined) return { recorded: { kind: 'file', path: recorded }, isChosen: true };
  if (more.length === 0) return { recorded: { kind: 'topic', topic }, isChosen: true };
  throw new TollgateError('usage', '--recorded takes one topic', { where: recorded });
}

function topicOf(recorded: RecordedPlan): readonly string[] {
  return recorded.kind === 'topic' ? [recorded.topic] : [];
}

/**
 * Ends of the inputs are found before that of the audit topic, so that it names whatever of them was judged. Of what a
 * processor writes the open transaction is waited for, since it is about to end; of what agents write it is not.
 */
function openedTopics(
  inputs: readonly string[],
  audit: string | undefined,
  recorded: RecordedPlan,
): readonly HistoryTopic[] {
  const beside = new Set([...(audit === undefined ? [] : [audit]), ...topicOf(recorded)]);
  return [
    ...inputs.map((topic) => ({ topic, end: 'last_stable' as const })),
    ...[...beside].map((topic) => ({ topic, end: 'high_watermark' as const })),
  ];
}

/** Sessions lie in one partition, so others need not be read. Throws `usage` for a partition that is not there. */
function chosenOf(partitions: number, chosen: readonly number[] | undefined): readonly number[] {
  if (chosen === undefined) return Array.from({ length: partitions }, (_, partition) => partition);
  const beyond = chosen.find((partition) => partition >= partitions);
  if (beyond === undefined) return [...new Set(chosen)].sort((a, b) => a - b);
  throw new TollgateError('usage', `there is no partition ${beyond}: the topics have ${partitions}`, {
    next: 'give --partitions numbers from 0 on',
  });
}
