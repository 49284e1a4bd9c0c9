import { setTimeout as delay } from 'node:timers/promises';
import type { LoadRecord } from '../../kafka/load/event-load.ts';
import { seeded } from '../../kafka/load/random.ts';
import { eachRecord } from '../../kafka/outside/outside-record.ts';
import { outsideReader } from '../../kafka/outside/reader.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { HostileBatches } from './hostile-batches.ts';
import { expectedCode, hostilePolicies, hostileTool, LOOPING_TOOL } from './hostile-policies.ts';
import { hostileValue } from './hostile-values.ts';
import { type Pace, paceOf, undisturbedPace } from './undisturbed.ts';

/** One record in a hundred is hostile. */
const EVERY = 100;
/** Two records in so many meet the policy that never comes back, where they name a tool: each takes a time limit and more. */
const LOOP_EVERY = 10_000;
const LOOPS = [1_711, 4_711];
/** Before any clock this may run by, and within what `event-load.ts` dates its events by. */
const BEGIN_MS = Date.UTC(2025, 1, 1);
const STEP_MS = 7;
/** More than bounded queues, bounded modules and a runtime can come to. */
const MOST_MIB = 1_536;
/** Of the load, when the last of the batches is written: what comes after it is what counts as the load's end. */
const LAST_BATCH_SHARE = 0.8;
const LOOK_MS = 20;
const BATCHES = { short: 1, long: 10 };
const A_TOOL = /"tool":"[^"]*"/;
const FOUND_MOST = 20;

/** Real traffic with input that is made to hurt; half of the trouble of the load itself is on top. */
export const hostileInput: Scenario = {
  name: 'hostile input at 1 %',
  group: 'hostile',
  cluster: 'one',
  records: { short: 6_000, long: 150_000 },
  eventsPerSecond: { short: 0, long: 0 },
  load: { sessions: 500, badShare: 0.005, redeliveredShare: 0.02, conflictShare: 0.01 },
  inShort: true,
  mix: (record, n) => (n % EVERY === 37 ? hostileRecord(record, n) : record),
  async play(stage) {
    const { run, cluster, load, records, note, isShort, signal } = stage;
    const batches = new HostileBatches(cluster.brokers, run.topics);
    await batches.connect();
    try {
      const count = isShort ? BATCHES.short : BATCHES.long;
      for (let n = 1; n <= count; n++) {
        while (load.written < (records * LAST_BATCH_SHARE * n) / count) await delay(LOOK_MS, undefined, { signal });
        await batches.write();
      }
    } finally {
      await batches.close();
    }
    note('hostile records', Math.floor(records / EVERY));
    note('records in batches that inflate a thousand times', batches.records);
    await compare(stage, hostileInput);
  },
  verify: (stage) => verifyCauses(stage),
};

/** Real traffic, some of which meets policies that are made to hurt. */
export const hostilePolicy: Scenario = {
  name: 'hostile policies on 1 % of the calls',
  group: 'hostile',
  cluster: 'one',
  records: { short: 6_000, long: 150_000 },
  eventsPerSecond: { short: 0, long: 0 },
  load: { sessions: 500 },
  inShort: true,
  mix: (record, n) => {
    if (LOOPS.includes(n % LOOP_EVERY)) return withTool(record, LOOPING_TOOL);
    return n % EVERY === 73 ? withTool(record, hostileTool(Math.floor(n / EVERY))) : record;
  },
  async play(stage) {
    stage.run.configure({
      policies: [...stage.run.policies, ...(await hostilePolicies(stage.directory, stage.signal))],
    });
    await compare(stage, hostilePolicy);
  },
  verify: (stage) => verifyCauses(stage),
};

/** An event of the same session and time, or what pretends to be one. */
function hostileRecord(record: LoadRecord, n: number): LoadRecord {
  const nth = Math.floor(n / EVERY);
  const sessionId = record.key === null ? 'hostile' : record.key.toString('utf8');
  const value = hostileValue(nth, `hostile-${n}`, sessionId, BEGIN_MS + n * STEP_MS, seeded(n));
  return { topic: record.topic, key: record.key, value };
}

/** Control's word is left alone; what has no tool is not made a call. */
function withTool(record: LoadRecord, tool: string): LoadRecord {
  if (record.value === null) return record;
  return { ...record, value: Buffer.from(String(record.value).replace(A_TOOL, `"tool":"${tool}"`)) };
}

/** Judges the whole backlog, then the same load without anything hostile; tells memory and pace of both. */
async function compare(stage: Stage, scenario: Scenario): Promise<void> {
  const { run, progress, load, note, peak, found, signal } = stage;
  await load.done;
  const count = await inputsOf(stage);
  const program = run.start('a');
  const pace = await paceOf(program, () => progress.settled(), count, signal);
  await program.stop();
  const usual = await undisturbedPace(stage, scenario);
  const percent = Math.round(100 - (100 * pace.perSecond) / usual.perSecond);
  peak('% of the throughput lost', percent);
  peak('MiB of memory', pace.peakMib ?? 0);
  peak('MiB of memory without it', usual.peakMib ?? 0);
  note(`run of ${paceText(pace)} where it was ${paceText(usual)} without it`, 1);
  if ((pace.peakMib ?? 0) > MOST_MIB) found('not_as_expected', scenario.name, `the process took ${pace.peakMib} MiB`);
}

/** All that is to be judged, also what was not the load's. */
async function inputsOf({ run, cluster }: Stage): Promise<number> {
  const { events, control } = run.topics;
  let count = 0;
  for (const topic of [...events, control]) {
    await eachRecord(outsideReader(cluster.brokers), topic, undefined, () => {
      count++;
    });
  }
  return count;
}

function paceText({ perSecond }: Pace): string {
  return `${Math.round(perSecond).toLocaleString('en')} events/s`;
}

/** A call that met a hostile policy is denied for what the policy did, and nobody else for anything a policy does. */
async function verifyCauses({ run, cluster, note, found }: Stage): Promise<void> {
  const counts = new Map<string, number>();
  let wrong = 0;
  await eachRecord(outsideReader(cluster.brokers), run.topics.decisions, undefined, ({ partition, offset, value }) => {
    const decision = JSON.parse(String(value)) as DecisionJson;
    const why = whyWrong(decision);
    const { error, tool } = decision;
    const expected = expectedCode(tool);
    if (expected !== undefined)
      counts.set(`denied: ${error?.code ?? 'none'}`, (counts.get(`denied: ${error?.code ?? 'none'}`) ?? 0) + 1);
    if (why === undefined || ++wrong > FOUND_MOST) return;
    found(
      'not_as_expected',
      `${run.topics.decisions}/${partition}/${offset}`,
      `${why}: ${String(value).slice(0, 600)}`,
    );
  });
  for (const [name, count] of counts) note(name, count);
}

interface DecisionJson {
  readonly effect: string;
  readonly tool?: string;
  readonly error?: { readonly code: string };
}

/** What an event may be denied for by its own doing. */
const OWN_DOING = ['invalid_event', 'event_id_conflict', 'input_too_large', 'state_too_large'];

function whyWrong({ effect, tool, error }: DecisionJson): string | undefined {
  const code = error?.code ?? 'none';
  if (code !== 'none' && effect !== 'deny') return 'an error that is weaker than deny';
  if (OWN_DOING.includes(code)) return undefined;
  const expected = expectedCode(tool) ?? 'none';
  return code === expected ? undefined : `expected ${expected}, found ${code}`;
}
