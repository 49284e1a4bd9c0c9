import { walkChain } from './audit-trail.ts';
import { readChangelog } from './changelog.ts';
import { checkMeta } from './check-meta.ts';
import { checkOrder } from './check-order.ts';
import { checkState } from './check-state.ts';
import { type Judged, judgeAgain } from './judge-again.ts';
import type { OutsideRecord } from './outside-record.ts';
import { type Input, indexInputs, indexOutputs, type Outputs } from './partition-index.ts';
import type { CheckOptions, PartitionRecords } from './run-records.ts';
import type { Findings } from './violation.ts';

/**
 * Checks one partition of a run that stands still: every committed input before the position has exactly one outcome, in
 * order, as an independent fold of the judged order has it; chain, changelog and meta record say the same.
 */
export function checkPartition(records: PartitionRecords, options: CheckOptions, findings: Findings): void {
  const { partition } = records;
  const { topics } = options;
  const changelog = readChangelog(records.changelog, `${topics.sessions}/${partition}`, findings);
  const inputs = indexInputs(records, topics, changelog.meta?.positions ?? {});
  const chain = walkChain(records.audit, { topic: topics.audit, partition }, findings);
  const outputs = indexOutputs(records, chain.entries, options, findings);
  checkFoundations(inputs, outputs, options, findings);
  checkSettled(inputs, outputs, options, findings);
  checkOrder(outputs, options, partition, findings);
  const judged = judgeAgain(inputs, outputs, options, findings);
  checkState(judged, changelog.sessions, `${topics.sessions}/${partition}`, findings);
  const subject = { partition, inputs, outputs, judged, meta: changelog.meta, head: chain.head };
  checkMeta(subject, options, findings);
  findings.count(countsOf(records, inputs, judged));
}

function countsOf(records: PartitionRecords, inputs: ReadonlyMap<string, Input>, judged: Judged) {
  return {
    inputs: inputs.size,
    decisions: records.decisions.length,
    duplicates: judged.duplicates,
    rejected: judged.rejected,
    auditRecords: records.audit.length,
    deadLetters: records.deadLetters.length,
    sessions: judged.sessions.size,
    waiting: [...inputs.values()].filter((input) => !input.isBeforePosition).length,
  };
}

/** No output without a committed input of this partition before the position, with its key. */
function checkFoundations(
  inputs: ReadonlyMap<string, Input>,
  outputs: Outputs,
  { topics }: CheckOptions,
  findings: Findings,
): void {
  const check = (what: string, place: string, source: string, record: OutsideRecord) => {
    const input = inputs.get(source);
    if (input === undefined) findings.add('unfounded', place, `${what} of ${source}, which is no committed input`);
    else if (!sameBytes(input.record.key, record.key)) findings.add('misplaced', place, `not the key of ${source}`);
    // An audit record behind the position is the position's fault, and said of it.
    if (input?.isBeforePosition === false && !outputs.audit.has(source)) {
      findings.add('unfounded', place, `${what} of ${source}, which lies behind the committed position`);
    }
  };
  for (const [source, [record]] of outputs.decisions) {
    if (record !== undefined) check('a decision', `${topics.decisions}/${at(record)}`, source, record);
  }
  for (const [source, [record]] of outputs.deadLetters) {
    if (record !== undefined) check('a dead letter', `${topics.deadLetter}/${at(record)}`, source, record);
  }
  for (const [source, [entry]] of outputs.audit) {
    if (entry !== undefined) check('an audit record', `${topics.audit}/${at(entry.record)}`, source, entry.record);
  }
}

/** Each input before the position has left something, and nothing of it twice. */
function checkSettled(
  inputs: ReadonlyMap<string, Input>,
  outputs: Outputs,
  { isComplete }: CheckOptions,
  findings: Findings,
): void {
  for (const [source, input] of inputs) {
    if (!input.isBeforePosition) {
      if (isComplete && !outputs.audit.has(source)) findings.add('unsettled', source, 'it was never judged');
      continue;
    }
    if (outputs.audit.has(source)) continue;
    const hasLeft = outputs.decisions.has(source) || outputs.deadLetters.has(source);
    if (hasLeft) findings.add('lost', source, 'it has no audit record');
    else findings.add('unsettled', source, 'it lies before the committed position and left nothing behind');
  }
  const twice = (what: string, lists: ReadonlyMap<string, readonly unknown[]>) => {
    for (const [source, list] of lists) {
      if (list.length > 1) findings.add('doubled', source, `it has ${list.length} ${what}`);
    }
  };
  twice('decisions', outputs.decisions);
  twice('dead letters', outputs.deadLetters);
  twice('audit records', outputs.audit);
}

function at({ partition, offset }: OutsideRecord): string {
  return `${partition}/${offset}`;
}

function sameBytes(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}
