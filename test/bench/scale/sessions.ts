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
/** The first slice is a warm-up. */
const LEAST_EVENTS = 80_000;
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
  /** Judging an event, the sessions taking turns: of those that came after a warm-up. */
  readonly usPerEvent: number;
  /** What of that the thread stood still for the collector. */
  readonly collectorUsPerEvent: number;
}

/** What `count` sessions cost one worker. Call it in a process of its own, with room for them. */
export async function measureSessions(count: number, { signal }: BenchOptions): Promise<SessionsCost> {
  const setup = await benchSetup(PARTITIONS);
  const states = sessionStates(setup, count);
  const changelogBytes = states.flat().reduce((sum, { length }) => sum + length, 0);
  const worker = openWorker(setup, PARTITIONS);
  const residentBefore = process.memoryUsage.rss();
  const before = usedBytes();
  const startMs = performance.now();
  restoreAll(worker, states);
  const restoreMs = performance.now() - startMs;
  const restoredBytes = usedBytes() - before;
  const collector = new CollectorTime();
  let judgedBytes = 0;
  const onRound = () => {
    judgedBytes = usedBytes() - before;
  };
  const { usPerEvent, events } = judgeInTurn(worker, { setup, count, collector, onRound }, signal);
  const collectorUsPerEvent = ((await collector.take()) * 1000) / events;
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
  /** When each session has had one event. */
  readonly onRound: () => void;
}

/**
 * Events of each session in turn, made in slices: all at once would be memory of ours. One of each at least, and so many that judging
 * is compiled before it is timed.
 */
function judgeInTurn(
  worker: LaneWorker,
  { setup, count, collector, onRound }: Judging,
  signal: AbortSignal,
): { readonly usPerEvent: number; readonly events: number } {
  const shape = { sessions: count, partitions: setup.partitions, bytes: EVENT_BYTES, seed: 3, inTurn: true };
  let judgingMs = 0;
  let timed = 0;
  const all = Math.max(count, LEAST_EVENTS);
  for (let from = 0; from < all; ) {
    signal.throwIfAborted();
    const events = Math.min(SLICE, (from < count ? count : all) - from);
    const workload = makeWorkload(events, { ...shape, first: FIRST_EVENT + from });
    const judge = () => {
      for (const batch of batches(workload, BATCH)) judgeBatch(worker, [batch]);
    };
    if (from < SLICE) judge();
    else {
      judgingMs += collector.during(judge);
      timed += events;
    }
    from += events;
    if (from === count) onRound();
  }
  return { usPerEvent: (judgingMs * 1000) / timed, events: timed };
}

function usedBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
