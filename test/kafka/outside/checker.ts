import { checkPartition } from './check-partition.ts';
import { committedOffsets } from './committed-offsets.ts';
import { openAfter } from './open-after.ts';
import { type OutsideReader, type OutsideRecord, placeFrom } from './outside-record.ts';
import type { OutsideLimits } from './read-event.ts';
import { outsideReader } from './reader.ts';
import { type CheckOptions, checkOptions, type PartitionRecords, type RunTopics } from './run-records.ts';
import { Findings, type Report } from './violation.ts';

/** A run on a broker that stands still: nothing is being committed while it is checked. */
export interface RunToCheck {
  readonly brokers: readonly string[];
  readonly groupId: string;
  readonly topics: RunTopics;
  /** Partitions of every topic but that of the dead letters. */
  readonly partitions: number;
  readonly limits?: Partial<OutsideLimits>;
  /** Every committed input must be judged. */
  readonly isComplete?: boolean;
  readonly reader?: OutsideReader;
  /** How long the markers of ended transactions may take before one counts as hanging. */
  readonly settleMs?: number;
}

const SETTLE_MS = 5000;

/** Checks collections of records: the whole of the checker but for reading. Never throws for what a run may have done. */
export function checkRecords(
  partitions: Iterable<PartitionRecords>,
  options: Partial<CheckOptions> & Pick<CheckOptions, 'topics'>,
): Report {
  const findings = new Findings();
  for (const records of partitions) checkPartition(records, checkOptions(options), findings);
  return findings.report();
}

/** Reads everything of a run from outside, one partition after another, and checks it. */
export async function checkRun(run: RunToCheck): Promise<Report> {
  const { topics, brokers, settleMs = SETTLE_MS } = run;
  const reader = run.reader ?? outsideReader(brokers);
  const findings = new Findings();
  const outputs = [topics.decisions, topics.audit, topics.deadLetter, topics.sessions];
  for (const place of await openAfter(reader, outputs, settleMs)) {
    findings.add('hanging_transaction', place, `a transaction is still open after ${settleMs} ms`);
  }
  const { isComplete = false } = run;
  const groupOffsets = await committedOffsets(reader, run.groupId);
  const defaults = checkOptions({ topics, isComplete, groupOffsets });
  const options = { ...defaults, limits: { ...defaults.limits, ...run.limits } };
  const letters = await reader.read(topics.deadLetter);
  for (let partition = 0; partition < run.partitions; partition++) {
    checkPartition(await readPartition(reader, topics, partition, letters), options, findings);
  }
  for (const { partition, offset, headers } of letters) {
    const source = placeFrom(headers.get('tollgate_source'));
    if (source !== undefined && source.partition < run.partitions) continue;
    findings.add('unfounded', `${topics.deadLetter}/${partition}/${offset}`, 'a dead letter that names no input');
  }
  return findings.report();
}

async function readPartition(
  reader: OutsideReader,
  topics: RunTopics,
  partition: number,
  letters: readonly OutsideRecord[],
): Promise<PartitionRecords> {
  const inputTopics = [...topics.events, topics.control];
  const outputTopics = [topics.decisions, topics.audit, topics.sessions];
  const reading = [...inputTopics, ...outputTopics].map(
    async (topic) => [topic, await reader.read(topic, partition)] as const,
  );
  const records = new Map(await Promise.all(reading));
  const of = (topic: string) => records.get(topic) ?? [];
  const isOurs = ({ headers }: OutsideRecord) => placeFrom(headers.get('tollgate_source'))?.partition === partition;
  return {
    partition,
    inputs: new Map(inputTopics.map((topic) => [topic, of(topic)])),
    decisions: of(topics.decisions),
    audit: of(topics.audit),
    deadLetters: letters.filter(isOurs),
    changelog: of(topics.sessions),
  };
}
