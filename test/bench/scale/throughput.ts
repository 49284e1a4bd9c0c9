import type { BenchOptions } from '../bench-case.ts';
import { median } from '../frame/median.ts';
import { judgeBatch, openLanes, openWorker, type Workload, workOf } from '../given-lanes.ts';
import { benchSetup } from '../setup.ts';
import { makeWorkload } from '../workload.ts';

const SHAPE = { sessions: 10_000, bytes: 500, seed: 42 };
const BATCH = 512;
const FULL = { events: 60_000, rounds: 5 };
const QUICK = { events: 5_000, rounds: 1 };
/** Divides evenly among one, two and three lanes. */
const LANE_PARTITIONS = 12;

/**
 * Microseconds an event in one thread when batches of 512 events hold all of so many partitions. In a process of its own.
 */
export async function measurePartitions(partitions: number, { quick, signal }: BenchOptions): Promise<number> {
  const { events, rounds } = quick ? QUICK : FULL;
  const setup = await benchSetup(partitions);
  const workload = makeWorkload(events, { ...SHAPE, partitions });
  const measured: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    signal.throwIfAborted();
    const worker = openWorker(setup, partitions);
    globalThis.gc?.();
    const startMs = performance.now();
    for (const work of mixedBatches(workload)) judgeBatch(worker, work);
    if (round > 0) measured.push(((performance.now() - startMs) * 1000) / events);
  }
  return median(measured);
}

/** Events a second of so many lanes. In a process of its own. */
export async function measureLanes(lanesCount: number, { quick, signal }: BenchOptions): Promise<number> {
  const { events, rounds } = quick ? QUICK : FULL;
  const setup = await benchSetup(LANE_PARTITIONS);
  const workload = makeWorkload(events, { ...SHAPE, partitions: LANE_PARTITIONS });
  const measured: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    signal.throwIfAborted();
    const { lanes, judge } = await openLanes(setup, lanesCount, BATCH);
    try {
      const rate = (events / (await judge([...mixedBatches(workload)].flat()))) * 1000;
      if (round > 0) measured.push(rate);
    } finally {
      await lanes.close();
    }
  }
  return median(measured);
}

/** Every batch has an equal share of every partition. */
function* mixedBatches(workload: Workload) {
  const share = Math.ceil(BATCH / workload.length);
  const longest = Math.max(...workload.map((records) => records.length));
  for (let at = 0; at < longest; at += share) {
    yield workload.flatMap((records, partition) => workOf(partition, records.slice(at, at + share)));
  }
}
