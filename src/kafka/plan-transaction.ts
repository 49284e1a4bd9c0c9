import { createHash } from 'node:crypto';
import type { DeadLetter, OutputBlock } from '../domain/output.ts';
import type { RawRecord } from '../domain/record.ts';
import type { PartitionChanges, Positions } from '../pipeline/ports.ts';
import type { OutHeader } from './mends/record-batch.ts';
import { encodeMeta, META_KEY } from './meta-record.ts';
import { DEFAULT_MAX_BATCH_BYTES, OutputBatches } from './output-batches.ts';
import type { OutputHeaders } from './output-headers.ts';
import type { TopicIds } from './topic-ids.ts';
import type { PartitionBatches } from './transaction.ts';
import type { NextOffset } from './transaction-protocol.ts';

/** Names of the output topics. */
export interface OutputTopics {
  readonly decisions: string;
  readonly audit: string;
  readonly deadLetter: string;
  readonly sessions: string;
}

export interface PlanOptions {
  readonly topics: OutputTopics;
  /** The group commits offsets of these; a position of a topic that is no longer read stays in the meta record only. */
  readonly inputTopics: ReadonlySet<string>;
  readonly headers: OutputHeaders;
  /** `max.message.bytes` by topic. */
  readonly maxBatchBytes: ReadonlyMap<string, number>;
  /** The topics that a partition's positions are of: committed with them. */
  readonly topicIds: (partition: number) => TopicIds;
}

/** What a dead letter has beside key and value: headers and the head of its batch, generously. */
const DEAD_LETTER_HEAD_BYTES = 4_096;
/** Both lengths of a header. */
const HEADER_BYTES = 10;
/** Headers of this name are ours. */
const OUR_PREFIX = 'tollgate_';

/** What a transaction sends. */
export interface TransactionPlan {
  readonly outputs: readonly PartitionBatches[];
  readonly offsets: readonly NextOffset[];
  readonly records: number;
}

/**
 * Lays out what a transaction holds: decisions and audit records in judged order, dead letters, and of all changes of a
 * partition the last state of each session and the last meta record, in that order; and where its inputs go on.
 */
export function planTransaction(
  changes: readonly PartitionChanges[],
  options: PlanOptions,
  nowMs: number,
): TransactionPlan {
  const out = new OutputBatches(options.maxBatchBytes);
  const stamp = { nowMs, timestampMs: Math.floor(nowMs), decidedAt: Buffer.from(new Date(nowMs).toISOString()) };
  const byPartition = groupByPartition(changes);
  const offsets: NextOffset[] = [];
  let records = 0;
  for (const [partition, parts] of byPartition) {
    for (const part of parts) {
      addDecisions(out, part, options, stamp);
      addAudit(out, part, options, stamp);
      addDeadLetters(out, part, options, stamp);
      records += part.sources.length;
    }
    const positions = addState(out, partition, parts, options, stamp);
    for (const [topic, offset] of positions) {
      if (options.inputTopics.has(topic)) offsets.push({ topic, partition, offset });
    }
  }
  return { outputs: out.take(), offsets, records };
}

/** The moment of a transaction. */
interface Stamp {
  /** With a fraction. */
  readonly nowMs: number;
  readonly timestampMs: number;
  readonly decidedAt: Uint8Array;
}

function groupByPartition(changes: readonly PartitionChanges[]): ReadonlyMap<number, PartitionChanges[]> {
  const groups = new Map<number, PartitionChanges[]>();
  for (const change of changes) {
    const group = groups.get(change.partition);
    if (group === undefined) groups.set(change.partition, [change]);
    else group.push(change);
  }
  return groups;
}

function addDecisions(out: OutputBatches, part: PartitionChanges, options: PlanOptions, stamp: Stamp): void {
  const { decisions, sources, partition } = part;
  if (decisions.count === 0) return;
  const append = out.into(options.topics.decisions, partition);
  const { nowMs, timestampMs, decidedAt } = stamp;
  for (let i = 0; i < decisions.count; i++) {
    const [source, valueStart, valueEnd] = placeOf(decisions, i);
    const record = sources[source];
    const headers: OutHeader[] = [{ name: 'tollgate_decided_at', value: decidedAt }];
    if (record !== undefined) {
      headers.push({ name: 'tollgate_source', value: sourceOf(record, partition) });
      const latency = latencyUs(record, nowMs);
      if (latency !== undefined) headers.push({ name: 'tollgate_latency_us', value: latency });
    }
    const value = decisions.bytes;
    for (const more of options.headers.decision(record, { bytes: value, start: valueStart, decidedAt }))
      headers.push(more);
    append({ key: record?.key ?? null, value, valueStart, valueEnd, headers, timestampMs });
  }
}

function addAudit(
  out: OutputBatches,
  { audit, sources, partition }: PartitionChanges,
  options: PlanOptions,
  { timestampMs }: Stamp,
): void {
  if (audit.count === 0) return;
  const append = out.into(options.topics.audit, partition);
  const headers = options.headers.audit();
  for (let i = 0; i < audit.count; i++) {
    const [source, valueStart, valueEnd] = placeOf(audit, i);
    append({ key: sources[source]?.key ?? null, value: audit.bytes, valueStart, valueEnd, headers, timestampMs });
  }
}

function addDeadLetters(
  out: OutputBatches,
  part: PartitionChanges,
  options: PlanOptions,
  { timestampMs }: Stamp,
): void {
  const { deadLetters, sources, partition } = part;
  if (deadLetters.length === 0) return;
  const { deadLetter: topic } = options.topics;
  const append = out.into(topic, partition);
  const room = (options.maxBatchBytes.get(topic) ?? DEFAULT_MAX_BATCH_BYTES) - DEAD_LETTER_HEAD_BYTES;
  for (const letter of deadLetters) {
    const record = sources[letter.source];
    if (record === undefined) throw new RangeError('a dead letter without a source');
    const isStub = (record.key?.length ?? 0) + (record.value?.length ?? 0) + headersSize(record) > room;
    append({
      key: isStub ? null : record.key,
      value: isStub ? stubOf(record) : record.value,
      headers: deadLetterHeaders(letter, record, partition, isStub),
      timestampMs,
    });
  }
}

function deadLetterHeaders(letter: DeadLetter, record: RawRecord, partition: number, isStub: boolean): OutHeader[] {
  const headers: OutHeader[] = [
    { name: 'tollgate_error_code', value: letter.code },
    { name: 'tollgate_error_message', value: letter.message },
    { name: 'tollgate_source', value: sourceOf(record, partition) },
  ];
  if (isStub) return [...headers, { name: 'tollgate_stub', value: 'true' }];
  // What the value is may stand in them only: whoever reads it again needs them.
  const given = (record.headers ?? []).filter(({ name }) => !name.startsWith(OUR_PREFIX));
  return given.length === 0 ? headers : [...given, ...headers];
}

/** Bytes that its own headers take, generously. */
function headersSize({ headers = [] }: RawRecord): number {
  return headers.reduce((sum, { name, value }) => sum + 3 * name.length + (value?.length ?? 0) + HEADER_BYTES, 0);
}

/** In place of a record that the dead-letter topic would not take: enough to find it, and to know it again. */
function stubOf({ key, value }: RawRecord): Uint8Array {
  const sizes = { key_bytes: key?.length ?? 0, value_bytes: value?.length ?? 0 };
  const digest = createHash('sha256')
    .update(value ?? Buffer.alloc(0))
    .digest('hex');
  return Buffer.from(JSON.stringify({ ...sizes, value_sha256: digest }));
}

/** Adds the last state of each session and the meta record; returns the positions that it names. */
function addState(
  out: OutputBatches,
  partition: number,
  parts: readonly PartitionChanges[],
  options: PlanOptions,
  { timestampMs }: Stamp,
): Positions {
  const append = out.into(options.topics.sessions, partition);
  const written = new Set<string>();
  for (let i = parts.length - 1; i >= 0; i--) {
    for (const { sessionId, value } of parts[i]?.sessions ?? []) {
      if (parts.length > 1 && written.has(sessionId)) continue;
      if (parts.length > 1) written.add(sessionId);
      append({ key: Buffer.from(sessionId), value, timestampMs });
    }
  }
  const { meta } = parts.at(-1) as PartitionChanges;
  append({ key: META_KEY, value: encodeMeta(meta, options.topicIds(partition)), timestampMs });
  return meta.positions;
}

function placeOf({ index }: OutputBlock, i: number): readonly [source: number, start: number, end: number] {
  return [index[3 * i] as number, index[3 * i + 1] as number, index[3 * i + 2] as number];
}

/** `topic/partition/offset` (contract section 3). */
function sourceOf({ topic, offset }: RawRecord, partition: number): string {
  return `${topic}/${partition}/${offset}`;
}

/** From the record's arrival in this process to its decision's way out, microseconds. */
function latencyUs({ receivedMs }: RawRecord, nowMs: number): string | undefined {
  return receivedMs === undefined ? undefined : String(Math.max(0, Math.round((nowMs - receivedMs) * 1000)));
}
