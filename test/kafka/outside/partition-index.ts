import type { AuditEntry } from './audit-trail.ts';
import { type OutsideRecord, placeFrom, placeText } from './outside-record.ts';
import type { CheckOptions, PartitionRecords, RunTopics } from './run-records.ts';
import type { Findings } from './violation.ts';

/** One committed record of the input. */
export interface Input {
  readonly topic: string;
  readonly record: OutsideRecord;
  readonly trusted: boolean;
  readonly isBeforePosition: boolean;
}

/** The outputs of a partition by the place of their input; the maps are in the order of the outputs. */
export interface Outputs {
  readonly decisions: ReadonlyMap<string, readonly OutsideRecord[]>;
  readonly deadLetters: ReadonlyMap<string, readonly OutsideRecord[]>;
  readonly audit: ReadonlyMap<string, readonly AuditEntry[]>;
  /** All audit records, those that concern the whole process too. */
  readonly trail: readonly AuditEntry[];
}

/** The partition's input by `topic/partition/offset`, topic after topic, in offset order. */
export function indexInputs(
  { partition, inputs }: PartitionRecords,
  { control }: RunTopics,
  positions: Readonly<Record<string, number>>,
): ReadonlyMap<string, Input> {
  const index = new Map<string, Input>();
  for (const [topic, records] of inputs) {
    const position = positions[topic] ?? 0;
    for (const record of records) {
      const isBeforePosition = record.offset < position;
      const place = placeText({ topic, partition, offset: record.offset });
      index.set(place, { topic, record, trusted: topic === control, isBeforePosition });
    }
  }
  return index;
}

/** Groups the outputs by their input. What names none, or one of another partition, is a violation and left out. */
export function indexOutputs(
  { partition, decisions, deadLetters }: PartitionRecords,
  trail: readonly AuditEntry[],
  { topics }: CheckOptions,
  findings: Findings,
): Outputs {
  const sourceOf = (topic: string, record: OutsideRecord) => {
    const place = `${topic}/${record.partition}/${record.offset}`;
    const source = placeFrom(record.headers.get('tollgate_source'));
    if (source === undefined) findings.add('unreadable', place, 'no header tollgate_source that names an input');
    else if (source.partition !== partition) findings.add('misplaced', place, `it belongs to ${placeText(source)}`);
    return source?.partition === partition ? placeText(source) : undefined;
  };
  const auditSource = ({ source, record }: AuditEntry) => {
    if (source === undefined) return undefined;
    const place = `${topics.audit}/${partition}/${record.offset}`;
    if (source.partition !== partition) findings.add('misplaced', place, `it belongs to ${placeText(source)}`);
    return placeText(source);
  };
  return {
    decisions: grouped(decisions, (record) => sourceOf(topics.decisions, record)),
    deadLetters: grouped(deadLetters, (record) => sourceOf(topics.deadLetter, record)),
    audit: grouped(trail, auditSource),
    trail,
  };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
