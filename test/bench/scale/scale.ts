import type { BenchCase, BenchOptions, BenchResult, Figure } from '../bench-case.ts';
import { apart } from '../frame/apart.ts';
import type { CostStep } from './bend.ts';
import { countOf, laneCurve, partitionCurve, sessionCurves } from './curves.ts';
import type { KafkaRestore } from './kafka-restore.ts';
import type { LaneRestoreInput } from './lane-restore.ts';
import type { SessionsCost } from './sessions.ts';

const FULL = { sessions: [1_000, 10_000, 100_000, 1_000_000], partitions: [1, 2, 4, 8, 16, 32, 64], lanes: [1, 2, 3] };
const QUICK = { sessions: [1_000, 5_000], partitions: [1, 8, 64], lanes: [1, 2] };
/** One worker with a million sessions, and their encoded form beside it. */
const ROOMY = ['--max-old-space-size=16384'];
const RESTORE_LANES = 2;

/** How cost grows with sessions, partitions and lanes. */
export const scale: BenchCase = {
  name: 'scale',
  title: 'Scale: sessions, partitions, lanes',
  run: async (options) => {
    const sizes = options.quick ? QUICK : FULL;
    const parts = [
      sessionCurves(await inTurn(sizes.sessions, (count) => sessionsCost(count, options))),
      await restores(Math.max(...sizes.sessions), options),
      partitionCurve(await inTurn(sizes.partitions, (count) => partitionCost(count, options))),
      laneCurve(await inTurn(sizes.lanes, (count) => laneRate(count, options))),
    ];
    return {
      figures: parts.flatMap(({ figures }) => figures),
      ratios: parts.flatMap(({ ratios }) => ratios),
      notes: parts.flatMap(({ notes }) => notes),
    };
  },
};

async function inTurn<T>(counts: readonly number[], measure: (count: number) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (const count of counts) found.push(await measure(count));
  return found;
}

function sessionsCost(count: number, options: BenchOptions): Promise<SessionsCost> {
  options.log(`${countOf(count)} sessions`);
  return run('./sessions.js', 'measureSessions', count, options);
}

async function partitionCost(partitions: number, options: BenchOptions): Promise<CostStep> {
  options.log(`${partitions} partitions`);
  return { at: partitions, cost: await run<number>('./throughput.js', 'measurePartitions', partitions, options) };
}

async function laneRate(lanes: number, options: BenchOptions): Promise<{ lanes: number; rate: number }> {
  options.log(`${lanes} lanes`);
  return { lanes, rate: await run<number>('./throughput.js', 'measureLanes', lanes, options) };
}

/** Restoring the most sessions: into lanes, and by the program from a topic. */
async function restores(sessions: number, options: BenchOptions): Promise<BenchResult> {
  options.log(`restoring ${countOf(sessions)} sessions into lanes`);
  const input: LaneRestoreInput = { sessions, lanes: RESTORE_LANES };
  const lanesMs = await run<number>('./lane-restore.js', 'measureLaneRestore', input, options);
  options.log(`restoring ${countOf(sessions)} sessions from a topic`);
  const kafka = await run<KafkaRestore>('./kafka-restore.js', 'measureKafkaRestore', sessions, options);
  const figure = (name: string, value: number, unit: string): Figure => ({ name, value, unit });
  const many = `${countOf(sessions)} sessions`;
  return {
    figures: [
      figure(`${many}: restore into ${RESTORE_LANES} lanes`, lanesMs, 'ms'),
      figure('tollgate run ready, empty changelog', kafka.emptyMs, 'ms'),
      figure(`tollgate run ready, ${many} in the changelog`, kafka.fullMs, 'ms'),
      figure(`tollgate run, ${many}: resident memory when ready`, kafka.residentBytes / 1e6, 'MB'),
    ],
    ratios: [],
    notes: [
      `The changelog is one that a run of the program wrote: ${many} of one event each, 8 partitions, not compacted. Ready is what /readyz says.`,
    ],
  };
}

function run<T>(module: string, name: string, input: unknown, options: BenchOptions): Promise<T> {
  return apart<T>({ module: new URL(module, import.meta.url).href, name, input }, options, ROOMY);
}
