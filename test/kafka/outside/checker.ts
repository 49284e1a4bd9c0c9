import { checkPartition, PartitionCheck } from './check-partition.ts';
import { committedOffsets } from './committed-offsets.ts';
import { openAfter } from './open-after.ts';
import { eachRecord, type OutsideReader, placeFrom, placeText } from './outside-record.ts';
import { type LetterOut, letterFrom } from './partition-index.ts';
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
  const letters = await readLetters(reader, run, findings);
  for (let partition = 0; partition < run.partitions; partition++) {
    const check = new PartitionCheck(partition, options, findings);
    for (const { source, letter } of letters.get(partition) ?? []) check.index.letter(source, letter);
    await readPartition(reader, topics, check);
    check.finish();
  }
  return findings.report();
}

interface FoundLetter {
  readonly source: string;
  readonly letter: LetterOut;
}

/** The dead letters by the partition of their input: they may lie in another one. */
async function readLetters(
  reader: OutsideReader,
  { topics, partitions }: RunToCheck,
  findings: Findings,
): Promise<ReadonlyMap<number, readonly FoundLetter[]>> {
  const letters = new Map<number, FoundLetter[]>();
  await eachRecord(reader, topics.deadLetter, undefined, (record) => {
    const source = placeFrom(record.headers.get('tollgate_source'));
    const place = `${topics.deadLetter}/${record.partition}/${record.offset}`;
    if (source === undefined || source.partition >= partitions) {
      findings.add('unfounded', place, 'a dead letter that names no input');
      return;
    }
    const found = letters.get(source.partition) ?? [];
    found.push({ source: placeText(source), letter: letterFrom(record, place) });
    letters.set(source.partition, found);
  });
  return letters;
}

/** All topics side by side: while one reader starts, another one reads. */
async function readPartition(
  reader: OutsideReader,
  topics: RunTopics,
  { index, changelog }: PartitionCheck,
): Promise<void> {
  const { partition } = index;
  await Promise.all([
    ...[...topics.events, topics.control].map((topic) =>
      eachRecord(reader, topic, partition, (record) => index.input(topic, record)),
    ),
    eachRecord(reader, topics.audit, partition, (record) => index.auditRecord(record)),
    eachRecord(reader, topics.decisions, partition, (record) => index.decision(record)),
    eachRecord(reader, topics.sessions, partition, (record) => changelog.take(record)),
  ]);
}
