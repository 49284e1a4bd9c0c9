import type { Limits } from '../../src/config/config.ts';
import { type ChainHead, EMPTY_CHAIN } from '../../src/domain/decision.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { type Dossier, packBatch } from '../../src/lanes/batch.ts';
import { createLaneContext, type LaneContext } from '../../src/lanes/lane-context.ts';
import { LaneWorker } from '../../src/lanes/lane-worker.ts';
import type { Charge, JudgeResult, Notice, SegmentResult, WorkerSetup } from '../../src/lanes/messages.ts';
import { createProgress } from '../../src/lanes/progress.ts';
import { readBlock, readSessions } from '../../src/lanes/result-frame.ts';
import type { LoadedPolicy } from '../../src/registry/loaded-policy.ts';
import { aPolicy, type Given, REVISION, T0 } from '../judge/history.ts';

export const LIMITS: Limits = {
  maxEventBytes: 262_144,
  maxJsonDepth: 64,
  maxJsonValues: 50_000,
  maxSessionsPerPartition: 100,
  sessionIdleMs: 86_400_000,
  duplicateWindow: 32,
  maxClockSkewMs: 300_000,
  maxPolicyStateBytes: 4096,
  maxAnswerBytes: 65_536,
};
const RECORDED_AT_MS = Date.UTC(2026, 2, 2, 8);

/** A built-in inspector as it crosses to a worker. */
export function anInspector(inspector: string, options: JsonObject = {}): LoadedPolicy {
  return { head: aPolicy(inspector).head, engine: { kind: 'inspector', inspector, options } };
}

export function aSetup(changes: Partial<WorkerSetup> = {}): WorkerSetup {
  return {
    policies: [anInspector('repetition', { max: 2 }), anInspector('egress')],
    revision: REVISION,
    defaultEffect: 'deny',
    strictRouting: false,
    partitions: 1,
    limits: LIMITS,
    audit: { maskKeys: ['Password', 'token'], maxStringLength: 200 },
    recorded: new Map(),
    progress: createProgress(),
    ...changes,
  };
}

/** Records at offsets 0, 1, 2, …, events with their place for id and time unless given; text goes as it is. */
export function recordsOf(items: readonly (Given | string)[]): RawRecord[] {
  return items.map((item, offset) => ({
    topic: typeof item === 'string' || !item.trusted ? 'events' : 'control',
    offset,
    nextOffset: offset + 1,
    timestampMs: -1,
    key: null,
    value: Buffer.from(typeof item === 'string' ? item : JSON.stringify(wireOf(offset, item))),
    trusted: typeof item !== 'string' && item.trusted,
  }));
}

function wireOf(n: number, given: Given): JsonObject {
  return { event_id: `e${n}`, session_id: 's1', occurred_at: T0 + n * 1000, ...given.fields };
}

export interface Work {
  readonly partition?: number;
  readonly epoch?: number;
  readonly notices?: readonly Notice[];
  readonly charges?: (record: RawRecord) => readonly Charge[];
}

/** What came of one segment, in the forms that readers see. */
export interface Outcome {
  readonly decisions: readonly string[];
  readonly audit: readonly string[];
  /** The record of the segment that each decision is about. */
  readonly decidedRecords: readonly number[];
  readonly auditedRecords: readonly number[];
  readonly sessions: ReadonlyMap<string, Uint8Array | null>;
  readonly result: SegmentResult;
}

/** Has the worker judge the records as one segment of a batch. */
export function judge(worker: LaneWorker, records: readonly RawRecord[], work: Work = {}): Outcome {
  const { partition = 0, epoch = 1, notices = [], charges = () => [] } = work;
  const dossier: Dossier = { notices: () => notices, hasTrouble: () => true, charges: (_, record) => charges(record) };
  const { task } = packBatch([{ partition, epoch, records }], dossier, RECORDED_AT_MS);
  const { segments } = worker.run(task) as JudgeResult;
  return outcomeOf(segments[0] as SegmentResult);
}

function outcomeOf(result: SegmentResult): Outcome {
  const { buffer } = result;
  const [decisions, audit] = [readBlock(buffer, result.decisions), readBlock(buffer, result.audit)];
  const sessions = readSessions(buffer, result.sessions).map(({ sessionId, value }) => [sessionId, value] as const);
  return {
    decisions: valuesOf(decisions),
    audit: valuesOf(audit),
    decidedRecords: recordsIn(decisions.index),
    auditedRecords: recordsIn(audit.index),
    sessions: new Map(sessions),
    result,
  };
}

function valuesOf({ bytes, index, count }: { bytes: Uint8Array; index: Int32Array; count: number }): string[] {
  const text = (n: number) => Buffer.from(bytes.subarray(index[n * 3 + 1], index[n * 3 + 2])).toString('utf8');
  return Array.from({ length: count }, (_, n) => text(n));
}

function recordsIn(index: Int32Array): number[] {
  return Array.from(index).filter((_, cell) => cell % 3 === 0);
}

/** Gives the worker a partition: empty, or as it was. */
export function restore(
  worker: LaneWorker,
  partition = 0,
  epoch = 1,
  from: { sessions?: readonly Uint8Array[]; chain?: ChainHead; clockMs?: number } = {},
): void {
  const { sessions = [], chain = EMPTY_CHAIN, clockMs = Number.NEGATIVE_INFINITY } = from;
  worker.run({ kind: 'restore', partition, epoch, begin: true, sessions, end: { chain, clockMs } });
}

/** A worker in this thread that owns partition 0, empty, in epoch 1. */
export function aWorker(changes: Partial<WorkerSetup> = {}, context: Partial<LaneContext> = {}): LaneWorker {
  const worker = new LaneWorker({ ...createLaneContext(aSetup(changes)), ...context });
  restore(worker);
  return worker;
}

/** Judges a history as one segment. */
export function run(items: readonly (Given | string)[], work?: Work, worker: LaneWorker = aWorker()): Outcome {
  return judge(worker, recordsOf(items), work);
}

export function decisionsOf({ decisions }: Outcome): JsonObject[] {
  return decisions.map((line) => JSON.parse(line) as JsonObject);
}

export function auditOf({ audit }: Outcome): JsonObject[] {
  return audit.map((line) => JSON.parse(line) as JsonObject);
}
