import { ChangelogRead } from './changelog.ts';
import { checkMeta } from './check-meta.ts';
import { checkOrder } from './check-order.ts';
import { checkState } from './check-state.ts';
import { type Judged, judgeAgain } from './judge-again.ts';
import { PartitionIndex } from './partition-index.ts';
import type { CheckOptions, PartitionRecords } from './run-records.ts';
import type { Findings } from './violation.ts';

/** `topic` → offset of the first record that is not judged yet. */
type Positions = Readonly<Record<string, number>>;

/** Checks one partition whose records are all there. */
export function checkPartition(records: PartitionRecords, options: CheckOptions, findings: Findings): void {
  const check = new PartitionCheck(records.partition, options, findings);
  for (const [topic, inputs] of records.inputs) for (const record of inputs) check.index.input(topic, record);
  for (const record of records.audit) check.index.auditRecord(record);
  for (const record of records.decisions) check.index.decision(record);
  for (const record of records.deadLetters) check.index.deadLetter(record);
  for (const record of records.changelog) check.changelog.take(record);
  check.finish();
}

/**
 * Checks one partition of a run that stands still: every committed input before the position has exactly one outcome, in
 * order, as an independent fold of the judged order has it; chain, changelog and meta record say the same. Its records are
 * given to `index` and `changelog` in any order of the topics; `finish` holds them against each other.
 */
export class PartitionCheck {
  readonly index: PartitionIndex;
  readonly changelog: ChangelogRead;
  readonly #options: CheckOptions;
  readonly #findings: Findings;

  constructor(partition: number, options: CheckOptions, findings: Findings) {
    this.#options = options;
    this.#findings = findings;
    this.index = new PartitionIndex(partition, options, findings);
    this.changelog = new ChangelogRead(`${options.topics.sessions}/${partition}`, findings);
  }

  finish(): void {
    const [options, findings, index] = [this.#options, this.#findings, this.index];
    const { sessions, meta } = this.changelog.end();
    const positions = meta?.positions ?? {};
    checkFoundations(index, positions, findings);
    checkSettled(index, positions, options, findings);
    checkOrder(index, findings);
    const judged = judgeAgain(index, positions, findings, options.limits);
    checkState(judged, sessions, `${options.topics.sessions}/${index.partition}`, findings);
    checkMeta({ index, judged, meta }, options, findings);
    findings.count(countsOf(index, positions, judged));
    findings.heads[index.partition] = index.head;
  }
}

function countsOf({ inputs, seen }: PartitionIndex, positions: Positions, judged: Judged) {
  let waiting = 0;
  for (const { topic, offset } of inputs.values()) if (offset >= (positions[topic] ?? 0)) waiting++;
  return {
    inputs: inputs.size,
    decisions: seen.decisions,
    duplicates: judged.duplicates,
    rejected: judged.rejected,
    auditRecords: seen.audit,
    deadLetters: seen.deadLetters,
    sessions: judged.sessions.size,
    waiting,
  };
}

/** No output without a committed input of this partition before the position, with its key. */
function checkFoundations(index: PartitionIndex, positions: Positions, findings: Findings): void {
  const check = (what: string, place: () => string, source: string, key: string | null) => {
    const input = index.inputs.get(source);
    if (input === undefined) findings.add('unfounded', place(), `${what} of ${source}, which is no committed input`);
    else if (input.key !== key) findings.add('misplaced', place(), `not the key of ${source}`);
    // An audit record behind the position is the position's fault, and said of it.
    if (input !== undefined && input.offset >= (positions[input.topic] ?? 0) && !index.audit.has(source)) {
      findings.add('unfounded', place(), `${what} of ${source}, which lies behind the committed position`);
    }
  };
  for (const [source, { place, key }] of index.decisions) check('a decision', () => place, source, key);
  for (const [source, { place, key }] of index.deadLetters) check('a dead letter', () => place, source, key);
  for (const [source, { offset, key }] of index.audit) {
    check('an audit record', () => index.auditPlace(offset), source, key);
  }
}

/** Each input before the position has left something, and nothing of it twice. */
function checkSettled(
  index: PartitionIndex,
  positions: Positions,
  { isComplete }: CheckOptions,
  findings: Findings,
): void {
  for (const [source, { topic, offset }] of index.inputs) {
    if (offset >= (positions[topic] ?? 0)) {
      if (isComplete && !index.audit.has(source)) findings.add('unsettled', source, 'it was never judged');
      continue;
    }
    if (index.audit.has(source)) continue;
    const hasLeft = index.decisions.has(source) || index.deadLetters.has(source);
    if (hasLeft) findings.add('lost', source, 'it has no audit record');
    else findings.add('unsettled', source, 'it lies before the committed position and left nothing behind');
  }
  for (const { source, what } of index.again) findings.add('doubled', source, `it has another ${what}`);
}
