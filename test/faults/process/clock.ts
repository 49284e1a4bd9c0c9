import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { packageFile } from '../../../src/codec/package-file.ts';
import type { Scenario } from '../scenario.ts';

const PRELOAD = pathToFileURL(packageFile('test', 'faults', 'clock-steps.mjs')).href;
/** Seconds off the real time: a bit, an hour, a day, a year, each way. */
const STEPS = [0, -2, 30, -3_600, 3_600, -86_400, 86_400, 0, 31_536_000, -31_536_000];
const STEP_MS = { short: 800, long: 3_000 };

/** The time of day jumps under two processes, not at the same moments. */
export const clockStepped: Scenario = {
  name: 'clock stepped back and forth',
  group: 'process',
  cluster: 'one',
  records: { short: 20_000, long: 150_000 },
  eventsPerSecond: { short: 300, long: 4_000 },
  inShort: true,
  async play({ run, progress, load, note, isShort, signal, random }) {
    const stepMs = isShort ? STEP_MS.short : STEP_MS.long;
    for (const instanceId of ['a', 'b']) {
      const begin = Date.now() + stepMs * (1 + random());
      const env = {
        FAULT_STEPS: STEPS.join(),
        FAULT_STEP_MS: String(stepMs),
        FAULT_BEGIN_MS: String(Math.round(begin)),
      };
      run.start(instanceId, { env: { ...env, NODE_OPTIONS: `--import ${PRELOAD}` } });
    }
    await progress.more(100);
    await delay(stepMs * STEPS.length, undefined, { signal });
    note('steps of the clock', 2 * STEPS.length);
    if (isShort) load.stop();
  },
};
