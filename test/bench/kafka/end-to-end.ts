import type { BenchCase, BenchOptions, BenchResult, Figure, Ratio } from '../bench-case.ts';
import { byTheBook, opaServer, passthrough, stockPassthrough, tollgate } from './contestants.ts';
import { type OpaServer, startOpaServer } from './opa-server.ts';
import { measureOutputs, type OutputSizes } from './output-sizes.ts';
import { preload } from './preload.ts';
import { medianRatio, medianTurn, type Rounds } from './rounds.ts';
import { openStage, type Stage } from './stage.ts';
import { type Contestant, measureTurn, type TurnFigures, type TurnLimits } from './turn.ts';

/** How much is measured. */
interface Scope {
  readonly limits: TurnLimits;
  readonly rounds: number;
  /** To find the OPA server's best concurrency. */
  readonly trial: TurnLimits;
  readonly concurrencies: readonly number[];
}

const FULL: Scope = {
  limits: { events: 1_200_000, warmUpMs: 3_000, measureMs: 8_000 },
  rounds: 3,
  trial: { events: 1_200_000, warmUpMs: 1_000, measureMs: 2_500 },
  concurrencies: [8, 16, 32, 64],
};
const QUICK: Scope = {
  limits: { events: 90_000, warmUpMs: 200, measureMs: 600 },
  rounds: 1,
  trial: { events: 90_000, warmUpMs: 100, measureMs: 300 },
  concurrencies: [32],
};
const SHAPE = { sessions: 10_000, bytes: 500 };

/** The lines of the issue, by contestant. */
const GOALS: Readonly<Record<string, number>> = { passthrough: 0.55, stock: 1.6, book: 2.2, 'opa-server': 10 };

/** Events that lie in a topic, judged and committed by the built program, beside those who do less. */
export const endToEnd: BenchCase = { name: 'end-to-end', title: 'End to end on a real broker', run };

async function run(options: BenchOptions): Promise<BenchResult> {
  const scope = options.quick ? QUICK : FULL;
  const stage = await openStage();
  let opa: OpaServer | undefined;
  try {
    options.log(`writing ${scope.limits.events} events`);
    const { events: topic, partitions } = stage;
    await preload(stage.brokers, { topic, partitions, events: scope.limits.events, ...SHAPE }, options.signal);
    const sizes = await warmUp(stage, scope, options);
    opa = await startOpaServer();
    const contestants = [tollgate(1), tollgate(2), passthrough(sizes), stockPassthrough(sizes), byTheBook()];
    if (opa !== undefined) contestants.push(await bestConcurrency(stage, opa, scope, options));
    const rounds = await measureRounds(stage, contestants, scope, options);
    return resultOf(contestants, rounds, { sizes, opa, scope });
  } finally {
    await opa?.close();
    await stage.close();
  }
}

/** A turn that does not count: the broker's compiler sees transactions, and we what the program writes. */
async function warmUp(stage: Stage, { limits }: Scope, { log, signal }: BenchOptions): Promise<OutputSizes> {
  log('warming up');
  let sizes: OutputSizes | undefined;
  const atEnd = async (place: Parameters<typeof measureOutputs>[0]) => {
    sizes = await measureOutputs(place);
  };
  await measureTurn(stage, tollgate(2), { name: 'warm-up', limits, signal, atEnd });
  if (sizes === undefined) throw new Error('the outputs were not measured');
  return sizes;
}

async function bestConcurrency(
  stage: Stage,
  opa: OpaServer,
  { trial, concurrencies }: Scope,
  { log, signal }: BenchOptions,
): Promise<Contestant> {
  let best = { concurrency: concurrencies[0] ?? 1, eventsPerSecond: 0 };
  for (const concurrency of concurrencies.length > 1 ? concurrencies : []) {
    const turn = { name: `trial-${concurrency}`, limits: trial, signal };
    const { eventsPerSecond } = await measureTurn(stage, opaServer(opa, concurrency), turn);
    log(`OPA server, ${concurrency} at a time: ${Math.round(eventsPerSecond)} events/s`);
    if (eventsPerSecond > best.eventsPerSecond) best = { concurrency, eventsPerSecond };
  }
  return opaServer(opa, best.concurrency);
}

/** Rounds alternate: A B C, A B C. */
async function measureRounds(
  stage: Stage,
  contestants: readonly Contestant[],
  { limits, rounds }: Scope,
  { log, signal }: BenchOptions,
): Promise<Rounds> {
  const turns = new Map<string, TurnFigures[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of contestants) {
      const turn = await measureTurn(stage, contestant, { name: `${contestant.name}-${round}`, limits, signal });
      turns.get(contestant.name)?.push(turn);
      log(`round ${round}, ${contestant.title}: ${Math.round(turn.eventsPerSecond)} events/s`);
    }
  }
  return turns;
}

interface Circumstances {
  readonly sizes: OutputSizes;
  readonly opa: OpaServer | undefined;
  readonly scope: Scope;
}

function resultOf(contestants: readonly Contestant[], rounds: Rounds, about: Circumstances): BenchResult {
  const figures = contestants.flatMap(({ name, title, servantPid }) => {
    return figuresOf(title, medianTurn(rounds.get(name) ?? []), servantPid !== undefined);
  });
  const lanes = [rounds.get('tollgate-1') ?? [], rounds.get('tollgate-2') ?? []] as const;
  const [one, two] = lanes.map((turns) => medianTurn(turns).eventsPerSecond) as [number, number];
  const best = one > two ? lanes[0] : lanes[1];
  const ratios: Ratio[] = contestants.flatMap(({ name, title }) => {
    const atLeast = GOALS[name];
    if (atLeast === undefined) return [];
    const value = medianRatio(best, rounds.get(name) ?? []);
    return [{ name: `Tollgate against ${title.split(',')[0]}`, value, goal: { atLeast }, higherIsBetter: true }];
  });
  return { figures, ratios, notes: notesOf(one > two ? 1 : 2, about) };
}

function figuresOf(title: string, turn: TurnFigures, hasServant: boolean): Figure[] {
  const cpu = (what: string, value: number) => ({ name: `${title}: ${what}`, value, unit: 'µs/event' });
  return [
    { name: title, value: turn.eventsPerSecond, unit: 'events/s' },
    cpu('CPU of the main thread', turn.mainUs),
    cpu('CPU of lanes and other threads', turn.othersUs),
    cpu('CPU of the broker', turn.brokerUs),
    { name: `${title}: records written`, value: turn.recordsPerEvent, unit: 'records/event' },
    ...(hasServant ? [cpu('CPU of the OPA server', turn.servantUs)] : []),
  ];
}

function notesOf(lanes: number, { sizes, opa, scope: { limits, rounds } }: Circumstances): string[] {
  return [
    `${limits.events} events of about ${SHAPE.bytes} bytes, ${SHAPE.sessions} sessions, 8 partitions, lie in a topic; each reads them with a group and output topics of its own, on one broker node beside it. ${rounds} rounds in turn, median; ratios are medians of each round's.`,
    `Measured from a commit ${limits.warmUpMs} ms after the first to the last one within ${limits.measureMs} ms, by the group's committed offsets.`,
    `Tollgate judges by egress, repetition and the 20-rule guard, and writes decision, audit record, session state and offsets in transactions; the ratios take ${lanes === 1 ? 'one lane' : 'two lanes'}, which was faster.`,
    `(a) and (b) write as many records of the sizes measured in Tollgate's output (decision ${sizes.decision}, audit ${sizes.audit}, session ${sizes.session} bytes), in transactions with the offsets, and a session's state once a transaction: the larger a transaction, the fewer state records an event; (b) has a producer a partition, retries after 20 ms in place of 300, and everything else as kafkajs has it.`,
    '(c) and (d) ask the same guard with an input like ours but a constant session, write a decision, and give no guarantee.',
    opa === undefined
      ? '(d) WAS NOT MEASURED: there is no `opa` on the PATH, in Go’s bin, or from `node policies/rebuild.mjs`.'
      : `(d) is opa ${opa.version} with the guard's Rego and data, at the best of the concurrencies tried.`,
    'Not measured: latency (see there), several processes, several brokers, TLS, networks, disks under pressure.',
  ];
}
