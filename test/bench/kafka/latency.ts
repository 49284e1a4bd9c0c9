import type { BenchCase, BenchOptions, BenchResult, Figure, Ratio } from '../bench-case.ts';
import type { Latencies } from './latencies.ts';
import type { Place } from './place.ts';
import { type Program, startTask } from './program.ts';
import { type Phase, type PhaseFigures, Rig } from './rig.ts';
import { openStage, type Stage } from './stage.ts';
import { startTollgate } from './tollgate-config.ts';

/** How much is measured. */
interface Scope {
  /** Before anything else: the broker's compiler is at work for minutes after a start, and takes a third of a core at first. */
  readonly warmUp: Phase;
  /** Not counted, at the beginning of each rate. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** The backlogs by which capacities are measured. */
  readonly drain: number;
  readonly floorDrain: number;
  readonly rates: readonly number[];
  /** Parts of the capacity. */
  readonly parts: readonly number[];
}

const FULL: Scope = {
  warmUp: { ratePerSecond: 5_000, warmUpMs: 0, measureMs: 100_000 },
  warmUpMs: 2_000,
  measureMs: 20_000,
  drain: 500_000,
  floorDrain: 3_000,
  rates: [200, 2_000, 10_000],
  parts: [0.1, 0.5, 0.8],
};
const QUICK: Scope = {
  warmUp: { ratePerSecond: 1_000, warmUpMs: 0, measureMs: 500 },
  warmUpMs: 200,
  measureMs: 1_000,
  drain: 20_000,
  floorDrain: 200,
  rates: [200, 2_000],
  parts: [0.5],
};
const LANES = 2;
const FLOOR_RATE = 200;
/** Of its own capacity, at most: a floor that queues is none, and would flatter us. */
const FLOOR_LOAD = 0.6;
const READY_TIMEOUT_MS = 30_000;

/** The lines of the issue: milliseconds, by rate or by part of the capacity. */
const P50_MS: ReadonlyMap<number, number> = new Map([
  [2_000, 10],
  [10_000, 15],
]);
const P99_MS: ReadonlyMap<number, number> = new Map([
  [10_000, 60],
  [0.5, 150],
]);
const FLOOR_FACTOR = 1.3;

/** From the moment for which an event was scheduled until its decision is in the hand of a reader that wants committed ones. */
export const latency: BenchCase = { name: 'latency', title: 'Latency on a real broker, open loop', run };

async function run(options: BenchOptions): Promise<BenchResult> {
  const scope = options.quick ? QUICK : FULL;
  const stage = await openStage();
  try {
    // The floor last: a broker that has warmed up for longer must not be our advantage.
    const ours = await measureOurs(stage, scope, options);
    const floor = await measureFloor(stage, scope, options);
    return resultOf(floor, ours, scope);
  } finally {
    await stage.close();
  }
}

interface Floor {
  readonly phase: PhaseFigures;
  /** Events a second. */
  readonly capacity: number;
}

async function measureFloor(stage: Stage, scope: Scope, options: BenchOptions): Promise<Floor> {
  const place = await stage.place('floor', 'floor.calls');
  const floor = startTask('floor', { place });
  return await around(place, floor, options.signal, async (rig) => {
    await floor.message(READY_TIMEOUT_MS);
    const { warmUpMs, measureMs } = scope;
    options.log('warming up');
    // The first one warms up; it is not looked at.
    await rig.drain(scope.floorDrain);
    const capacity = await rig.drain(scope.floorDrain);
    options.log(`floor: at most ${Math.round(capacity)} events/s`);
    const ratePerSecond = Math.max(1, Math.min(FLOOR_RATE, Math.round(capacity * FLOOR_LOAD)));
    const phase = await rig.measure({ ratePerSecond, warmUpMs, measureMs });
    tell(options, 'floor', phase);
    return { phase, capacity };
  });
}

interface Ours {
  readonly phases: readonly PhaseFigures[];
  readonly capacity: number;
  /** In the order of the scope's parts. */
  readonly parts: readonly PhaseFigures[];
}

async function measureOurs(stage: Stage, scope: Scope, options: BenchOptions): Promise<Ours> {
  const place = await stage.place('ours', 'ours.calls');
  const { warmUpMs, measureMs } = scope;
  return await around(place, startTollgate(place, LANES), options.signal, async (rig) => {
    const measure = async (ratePerSecond: number) => {
      options.signal.throwIfAborted();
      const phase = await rig.measure({ ratePerSecond, warmUpMs, measureMs });
      tell(options, 'Tollgate', phase);
      return phase;
    };
    await rig.measure(scope.warmUp);
    const capacity = await rig.drain(scope.drain);
    options.log(`Tollgate: at most ${Math.round(capacity)} events/s`);
    const parts: PhaseFigures[] = [];
    for (const part of scope.parts) parts.push(await measure(Math.round(capacity * part)));
    // The floor's own rate last, right before the floor.
    const phases: PhaseFigures[] = [];
    for (const rate of scope.rates.toReversed()) phases.unshift(await measure(rate));
    return { phases, capacity, parts };
  });
}

/** Runs the work with a rig around the program; ends both, also when the signal aborts. Throws what ended it first. */
async function around<T>(
  place: Place,
  program: Program,
  signal: AbortSignal,
  work: (rig: Rig) => Promise<T>,
): Promise<T> {
  let rig: Rig | undefined;
  // Whoever waits for a message of theirs then hears that they have ended.
  const onAbort = () => void Promise.all([rig?.close(), program.stop()]);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    rig = await Rig.open(place);
    return await work(rig);
  } catch (thrown) {
    signal.throwIfAborted();
    program.check();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await rig?.close();
    await program.stop();
  }
}

function tell({ log }: BenchOptions, who: string, { ratePerSecond, latencies }: PhaseFigures): void {
  log(`${who} at ${ratePerSecond}/s: p50 ${latencies.p50.toFixed(1)} ms, p99 ${latencies.p99.toFixed(1)} ms`);
}

function resultOf(floor: Floor, { phases, capacity, parts }: Ours, scope: Scope): BenchResult {
  const places = parts.map((phase, i) => ({ key: scope.parts[i] ?? 0, phase, at: partName(scope.parts[i] ?? 0) }));
  const rates = phases.map((phase) => ({ key: phase.ratePerSecond, phase, at: rateName(phase.ratePerSecond) }));
  const low = phases.find(({ ratePerSecond }) => ratePerSecond === FLOOR_RATE);
  const figures: Figure[] = [
    { name: 'floor, rate', value: floor.phase.ratePerSecond, unit: 'events/s' },
    ...latencyFigures('floor', floor.phase),
    { name: 'floor, capacity', value: floor.capacity, unit: 'events/s' },
    ...rates.flatMap(({ at, phase }) => latencyFigures(`Tollgate at ${at}`, phase)),
    { name: 'Tollgate, capacity', value: capacity, unit: 'events/s' },
    ...places.flatMap(({ at, phase }) => latencyFigures(`Tollgate at ${at}`, phase)),
  ];
  const floorRatio = (low?.latencies.p50 ?? Number.NaN) / floor.phase.latencies.p50;
  const ratios: Ratio[] = [
    {
      name: `p50 at ${rateName(FLOOR_RATE)} against the floor`,
      value: floorRatio,
      goal: { atMost: FLOOR_FACTOR },
      higherIsBetter: false,
    },
    ...[...rates, ...places].flatMap(({ key, at, phase }) => limitsOf(key, at, phase.latencies)),
  ];
  return { figures, ratios, notes: notesOf(scope) };
}

function rateName(ratePerSecond: number): string {
  return `${ratePerSecond.toLocaleString('en')}/s`;
}

function partName(part: number): string {
  return `${Math.round(part * 100)} % of capacity`;
}

function latencyFigures(what: string, { latencies, lateness }: PhaseFigures): Figure[] {
  const { p50, p90, p99, p999, max } = latencies;
  const ms = { p50, p90, p99, 'p99.9': p999, max, 'sent late by, p99': lateness.p99 };
  return Object.entries(ms).map(([name, value]) => ({ name: `${what}, ${name}`, value, unit: 'ms' }));
}

/** Goals that are times: their share of the time that is allowed. */
function limitsOf(key: number, at: string, { p50, p99 }: Latencies): Ratio[] {
  const limits = [
    { what: 'p50', value: p50, limitMs: P50_MS.get(key) },
    { what: 'p99', value: p99, limitMs: P99_MS.get(key) },
  ];
  return limits.flatMap(({ what, value, limitMs }) => {
    if (limitMs === undefined) return [];
    const name = `${what} at ${at} against ${limitMs} ms`;
    return [{ name, value: value / limitMs, goal: { atMost: 1 }, higherIsBetter: false }];
  });
}

function notesOf({ measureMs, warmUpMs, warmUp }: Scope): string[] {
  return [
    `Open loop: a process of its own sends each event at its moment, whatever became of those before; latency counts from that moment, also when the event was sent late. A third process reads the decisions in read_committed, with one fetch at a time, and takes the moment at which each is in hand. Every decision is awaited, once; a missing or a second one fails the bench. Each rate for ${measureMs} ms after ${warmUpMs} ms that do not count, all of them after ${warmUp.measureMs / 1000} s at ${rateName(warmUp.ratePerSecond)}: capacity, parts of it, rates from the highest to the lowest, the floor.`,
    'All processes and the broker share one machine and its clock that nobody sets (CLOCK_MONOTONIC). Histograms are HdrHistogram, three digits.',
    `The floor copies one event a transaction: fetch, two records, the offset, end, with the same requests as Tollgate's; then the next. At ${rateName(FLOOR_RATE)}, or ${FLOOR_LOAD * 100} % of its capacity when that is less.`,
    `Capacity is how fast a backlog drains while nothing is sent but everything is read. At a part of it the load's own processor time comes on top. ${LANES} lanes.`,
    'Goals in milliseconds are given as a share of the time allowed: at most 1.',
    'A broker in service is past the warm-up: within it Java’s slow compiler takes a third of a core at first, and still a tenth at its end.',
    'Not measured: networks, replication, several processes, the effect of a rebalance.',
  ];
}
