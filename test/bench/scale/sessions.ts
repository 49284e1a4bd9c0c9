import type { LaneWorker } from '../../../src/lanes/lane-worker.ts';
import type { BenchOptions } from '../bench-case.ts';
import { batches, judgeBatch, openWorker, restorePart, type Setup } from '../given-lanes.ts';
import { benchSetup } from '../setup.ts';
import { makeWorkload } from '../workload.ts';
import { CollectorTime } from './collector-time.ts';
import { type States, sessionStates } from './session-states.ts';

const PARTITIONS = 8;
/** As `lanes.ts` sends them to a worker. */
const RESTORE_CHUNK = 500;
const SLICE = 20_000;
const BATCH = 512;
const EVENT_BYTES = 500;
/** A number that no event of the restored sessions has, and of which every count of sessions is a divisor. */
const FIRST_EVENT = 5_000_000;

/** What so many live sessions take. */
export interface SessionsCost {
  readonly sessions: number;
  /** Encoded, without the record around it. */
  readonly changelogBytes: number;
  /** In one thread, from encoded bytes. */
  readonly restoreMs: number;
  /** JavaScript heap and buffers outside of it, after a collection: right after the restore. */
  readonly restoredBytes: number;
  /** The same after one more event of each session was judged. */
  readonly judgedBytes: number;
  /** Resident memory of the process at the end, less what it had before. */
  readonly residentBytes: number;
  /** Judging that event, the sessions taking turns. */
  readonly usPerEvent: number;
  /** What of that the thread stood still for the collector. */
  readonly collectorUsPerEvent: number;
}

/** What `count` sessions cost one worker. Call it in a process of its own, with room for them. */
export async function measureSessions(count: number, { signal }: BenchOptions): Promise<SessionsCost> {
  const setup = await benchSetup(PARTITIONS);
  const states = sessionStates(setup, count);
  const changelogBytes = states.flat().reduce((sum, { length }) => sum + length, 0);
  warmUp(setup);
  const worker = openWorker(setup, PARTITIONS);
  const residentBefore = process.memoryUsage.rss();
  const before = usedBytes();
  const startMs = performance.now();
  restoreAll(worker, states);
  const restoreMs = performance.now() - startMs;
  const restoredBytes = usedBytes() - before;
  const collector = new CollectorTime();
  const usPerEvent = judgeEach(worker, { setup, count, collector }, signal);
  const collectorUsPerEvent = ((await collector.take()) * 1000) / count;
  const judgedBytes = usedBytes() - before;
  const residentBytes = process.memoryUsage.rss() - residentBefore;
  if (states.length === 0) throw new Error('the states were needed up to here');
  return {
    sessions: count,
    changelogBytes,
    restoreMs,
    restoredBytes,
    judgedBytes,
    residentBytes,
    usPerEvent,
    collectorUsPerEvent,
  };
}

/** In a worker of its own, whose sessions go with it: what is measured is judging that has been compiled. */
function warmUp(setup: Setup): void {
  const worker = openWorker(setup, PARTITIONS);
  const shape = { sessions: 1_000, partitions: setup.partitions, bytes: EVENT_BYTES, seed: 4 };
  for (const batch of batches(makeWorkload(SLICE, shape), BATCH)) judgeBatch(worker, [batch]);
}

function restoreAll(worker: LaneWorker, states: States): void {
  for (const [partition, all] of states.entries()) {
    restorePart(worker, partition, all.slice(0, RESTORE_CHUNK), 'first');
    for (let at = RESTORE_CHUNK; at < all.length; at += RESTORE_CHUNK) {
      restorePart(worker, partition, all.slice(at, at + RESTORE_CHUNK), 'middle');
    }
    restorePart(worker, partition, [], 'last');
  }
}

interface Judging {
  readonly setup: Setup;
  readonly count: number;
  readonly collector: CollectorTime;
}

/** One event of each session, made in slices: all at once would be memory of ours. Microseconds an event. */
function judgeEach(worker: LaneWorker, { setup, count, collector }: Judging, signal: AbortSignal): number {
  const shape = { sessions: count, partitions: setup.partitions, bytes: EVENT_BYTES, seed: 3, inTurn: true };
  let judgingMs = 0;
  for (let from = 0; from < count; from += SLICE) {
    signal.throwIfAborted();
    const events = Math.min(SLICE, count - from);
    const workload = makeWorkload(events, { ...shape, first: FIRST_EVENT + from });
    judgingMs += collector.during(() => {
      for (const batch of batches(workload, BATCH)) judgeBatch(worker, [batch]);
    });
  }
  return (judgingMs * 1000) / count;
}

function usedBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
