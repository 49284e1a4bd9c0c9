import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageFile } from '../../../src/codec/package-file.ts';
import type { LoadRecord } from '../../kafka/load/event-load.ts';
import { outsideReader } from '../../kafka/outside/reader.ts';
import { assemble, policyWat } from '../../wasm/hostile-modules.ts';
import type { StartOptions } from '../fault-run.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const PRELOAD = pathToFileURL(packageFile('test', 'faults', 'thread-faults.mjs')).href;
/** Turns of a thread's life at most: each record has a few, one a policy and one for what is around them. */
const TURNS = { short: 6_000, long: 60_000 };
/** One call in so many is one over which the policy never comes back. */
const STUCK = { short: 400, long: 6_000 };
const STUCK_TOOL = 'never-ends';
const STUCK_LIMIT_MS = 150;
const A_TOOL = /"tool":"[^"]+"/;

/** A worker thread ends by itself in the midst of a record. */
export const threadKilled = dyingThreads('a worker thread killed', 'exit');

/** A worker thread's heap is full in the midst of a record. */
export const threadOutOfMemory = dyingThreads('a worker thread out of memory', 'memory');

function dyingThreads(name: string, kind: 'exit' | 'memory'): Scenario {
  return {
    name,
    group: 'process',
    cluster: 'one',
    records: { short: 6_000, long: 150_000 },
    eventsPerSecond: { short: 1_000, long: 0 },
    inShort: false,
    async play(stage) {
      const file = join(stage.directory, 'deaths');
      stage.run.start('a', faultsIn(stage, kind, file));
      await stage.progress.until(await stage.load.done);
      const deaths = existsSync(file) ? readFileSync(file).length : 0;
      stage.note('threads that died', deaths);
      if (deaths === 0) stage.found('not_as_expected', name, 'no thread died');
    },
  };
}

function faultsIn({ seed, isShort }: Stage, kind: string, file: string): StartOptions {
  const turns = String(isShort ? TURNS.short : TURNS.long);
  const env = { FAULT_KIND: kind, FAULT_TURNS: turns, FAULT_SEED: String(seed), FAULT_FILE: file };
  return { env: { ...env, NODE_OPTIONS: `--import ${PRELOAD}` } };
}

/** A policy that never comes back from some calls: the watchdog ends the thread, and the call is denied for that. */
export const threadStuck: Scenario = {
  name: 'a worker thread stuck in a policy',
  group: 'process',
  cluster: 'one',
  records: { short: 4_000, long: 100_000 },
  eventsPerSecond: { short: 1_000, long: 0 },
  inShort: true,
  mix: (record, n, records) => (n % (records < 20_000 ? STUCK.short : STUCK.long) === 7 ? asStuck(record) : record),
  async play({ run, directory, load, progress }) {
    const wasm = join(directory, 'never-ends.wasm');
    writeFileSync(wasm, await assemble(policyWat({ evaluate: '(loop $forever (br $forever)) (unreachable)' })));
    const spin = { name: 'spin', opa: { wasm }, match: { tools: [STUCK_TOOL] }, limits: { timeoutMs: STUCK_LIMIT_MS } };
    run.configure({ policies: [...run.policies, spin] });
    run.start('a');
    await progress.until(await load.done);
  },
  verify: verifyDenied,
};

function asStuck(record: LoadRecord): LoadRecord {
  const value = record.value === null ? null : String(record.value).replace(A_TOOL, `"tool":"${STUCK_TOOL}"`);
  return value === null ? record : { ...record, value: Buffer.from(value) };
}

/** Of each such call: a deny that names the cause. Nobody else was denied for one. */
async function verifyDenied({ run, cluster, note, found }: Stage): Promise<void> {
  const decisions = await outsideReader(cluster.brokers).read(run.topics.decisions);
  let denied = 0;
  for (const { partition, offset, value } of decisions) {
    const text = String(value);
    if (!text.includes('"timeout"')) continue;
    const decision = JSON.parse(text) as { readonly effect: string; readonly tool?: string };
    denied += 1;
    if (decision.effect !== 'deny')
      found('not_as_expected', `${partition}/${offset}`, `a timeout and no deny: ${text}`);
  }
  note('calls denied for it', denied);
  if (denied === 0) found('not_as_expected', run.topics.decisions, 'no call was denied for its timeout');
}
