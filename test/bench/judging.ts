import type { BenchCase, BenchOptions, BenchResult } from './bench-case.ts';
import { medianOf } from './frame/median.ts';
import { batches, judgeBatch, openLanes, openWorker, type Setup, type Workload } from './given-lanes.ts';
import { benchSetup } from './setup.ts';
import { makeWorkload } from './workload.ts';

const BATCH = 512;
const SHAPE = { sessions: 10_000, partitions: 8, bytes: 500, seed: 42 };
const FULL = { events: 60_000, rounds: 3 };
const QUICK = { events: 20_000, rounds: 1 };

/** Complete judging in lanes, beside the same code called directly in one thread. */
export const judging: BenchCase = {
  name: 'judging',
  title: 'Judging: lanes beside one thread',
  run: measure,
};

async function measure({ quick, signal, log }: BenchOptions): Promise<BenchResult> {
  const { events, rounds } = quick ? QUICK : FULL;
  const setup = await benchSetup(SHAPE.partitions);
  const workload = makeWorkload(events, SHAPE);
  const measured: { readonly oneThread: number; readonly oneLane: number; readonly twoLanes: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    signal.throwIfAborted();
    const rates = {
      oneThread: inOneThread(setup, workload, events),
      oneLane: await inLanes(setup, workload, events, 1),
      twoLanes: await inLanes(setup, workload, events, 2),
    };
    log(`round ${round}${round === 0 ? ' (warm-up)' : ''}: ${Math.round(rates.oneThread)} events/s in one thread`);
    if (round > 0) measured.push(rates);
  }
  const rate = (name: string, pick: (round: (typeof measured)[number]) => number) => {
    return { name, value: medianOf(measured, pick), unit: 'events/s' };
  };
  const ratio = (name: string, pick: (round: (typeof measured)[number]) => number) => {
    return { name, value: medianOf(measured, pick), higherIsBetter: true };
  };
  return {
    figures: [
      rate('one thread', (round) => round.oneThread),
      rate('one lane', (round) => round.oneLane),
      rate('two lanes', (round) => round.twoLanes),
    ],
    ratios: [
      ratio('one lane / one thread', (round) => round.oneLane / round.oneThread),
      ratio('two lanes / one thread', (round) => round.twoLanes / round.oneThread),
    ],
    notes: [
      `${events} events of ${SHAPE.bytes} bytes, ${SHAPE.sessions} sessions, ${SHAPE.partitions} partitions, batches of ${BATCH}; the median of ${rounds} rounds after a warm-up.`,
      'Decoding, session fold, egress, repetition, the 20-rule OPA policy, decision, audit chain, session state.',
      'Not measured: reading input, committing output.',
    ],
  };
}

/** Events a second of the judging code called in this thread. */
function inOneThread(setup: Setup, workload: Workload, events: number): number {
  const worker = openWorker(setup, setup.partitions);
  const startMs = performance.now();
  for (const batch of batches(workload, BATCH)) judgeBatch(worker, [batch]);
  return (events / (performance.now() - startMs)) * 1000;
}

/** Events a second of `count` lanes. */
async function inLanes(setup: Setup, workload: Workload, events: number, count: number): Promise<number> {
  const { lanes, judge } = await openLanes(setup, count, BATCH);
  try {
    return (events / (await judge(batches(workload, BATCH)))) * 1000;
  } finally {
    await lanes.close();
  }
}
