import { EMPTY_CHAIN } from '../../src/domain/decision.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { type LaneWork, packBatch } from '../../src/lanes/batch.ts';
import type { LaneDeath, LaneOptions } from '../../src/lanes/lane.ts';
import { createLaneContext } from '../../src/lanes/lane-context.ts';
import { LaneWorker } from '../../src/lanes/lane-worker.ts';
import { Lanes } from '../../src/lanes/lanes.ts';
import { createProgress } from '../../src/lanes/progress.ts';
import { withPatience } from '../../src/replay/patience.ts';

/** The only file of the benches that drives lanes and their worker directly. */
const NO_DOSSIER = { notices: () => [], charges: () => [], hasTrouble: () => false };
const BATCH_BYTES = 1 << 20;
const EPOCH = 1;
const NEVER = Number.NEGATIVE_INFINITY;

export type Setup = LaneOptions['setup'];

/** Records by partition. */
export type Workload = readonly (readonly RawRecord[])[];

/** The judging code of one lane, in this thread, with `partitions` of no sessions. */
export function openWorker(setup: Setup, partitions: number): LaneWorker {
  const worker = new LaneWorker(createLaneContext({ ...setup, progress: createProgress() }));
  for (let partition = 0; partition < partitions; partition++) restorePart(worker, partition, [], 'whole');
  return worker;
}

/** Gives a partition sessions: all of them, or the first, a middle or the last part. */
export function restorePart(
  worker: LaneWorker,
  partition: number,
  sessions: readonly Uint8Array[],
  part: 'whole' | 'first' | 'middle' | 'last',
): void {
  const isLast = part === 'whole' || part === 'last';
  const end = isLast ? { end: { chain: EMPTY_CHAIN, clockMs: NEVER } } : undefined;
  const begin = part === 'whole' || part === 'first';
  worker.run({ kind: 'restore', partition, epoch: EPOCH, begin, sessions, ...end });
}

/** Judges one batch, which may have records of several partitions, in this thread. */
export function judgeBatch(worker: LaneWorker, work: readonly LaneWork[]): ReturnType<LaneWorker['run']> {
  return worker.run(packBatch(work, NO_DOSSIER, 0).task);
}

/** Batches of `size` records of one partition each, the partitions taking turns. */
export function* batches(workload: Workload, size: number): Generator<LaneWork> {
  const longest = Math.max(...workload.map((records) => records.length));
  for (let at = 0; at < longest; at += size) {
    for (const [partition, all] of workload.entries()) {
      yield* workOf(partition, all.slice(at, at + size));
    }
  }
}

/** Work of one partition; nothing for no records. */
export function workOf(partition: number, records: readonly RawRecord[]): LaneWork[] {
  return records.length === 0 ? [] : [{ partition, epoch: EPOCH, records }];
}

/** Lanes that are ready, with every partition at its beginning. */
export interface OpenLanes {
  readonly lanes: Lanes;
  /** Queues all of it; resolves with the milliseconds until the last record was judged. */
  judge(work: Iterable<LaneWork>): Promise<number>;
}

/**
 * Starts `count` lanes. `judge` rejects when a lane dies; `lanes.close` ends them. Policies have more time than configured: on a machine that is
 * busy a thread may not run for longer than their time limit.
 */
export async function openLanes(given: Setup, count: number, batchEvents: number): Promise<OpenLanes> {
  const setup = withPatience(given);
  let judged = 0;
  let awaited = Number.POSITIVE_INFINITY;
  let finish: () => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const listener = {
    judged: (segments: readonly { records: readonly RawRecord[] }[]) => {
      for (const { records } of segments) judged += records.length;
      if (judged >= awaited) finish();
    },
    died: ({ lane, cause }: LaneDeath) => reject(new Error(`lane ${lane} died: ${JSON.stringify(cause)}`)),
    failed: (error: unknown) => reject(error),
  };
  const limits = { batchEvents, batchBytes: BATCH_BYTES };
  const lanes = new Lanes(count, { setup, limits, dossier: NO_DOSSIER, listener, nowMs: () => 0 });
  await lanes.ready();
  const empty = { epoch: EPOCH, sessions: [], chain: EMPTY_CHAIN, clockMs: NEVER };
  for (let partition = 0; partition < setup.partitions; partition++)
    await lanes.restore({ ...empty, partition }, () => true);
  const judge = async (work: Iterable<LaneWork>) => {
    const all = [...work];
    judged = 0;
    awaited = all.reduce((sum, { records }) => sum + records.length, 0);
    const finished = new Promise<void>((resolve, fail) => {
      finish = resolve;
      reject = fail;
    });
    const startMs = performance.now();
    for (const part of all) lanes.enqueue(part);
    await finished;
    return performance.now() - startMs;
  };
  return { lanes, judge };
}
