import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { COMMIT_POINTS, RESTORE_POINTS } from './crash-points.ts';

/** A process dies when it passes a point for the first, second or third time: at the first commit, and at later ones. */
const MOST_TIMES = 3;
const MOST_LIFE_MS = 4_000;

/** kill -9 at each named point, one process after another. */
export const killedAtEachPoint: Scenario = {
  name: 'kill -9 at each crash point',
  group: 'process',
  cluster: 'one',
  records: { short: 20_000, long: 120_000 },
  eventsPerSecond: { short: 100, long: 3_000 },
  inShort: true,
  async play({ run, load, records, random, note, found, isShort }) {
    do {
      for (const point of [...RESTORE_POINTS, ...COMMIT_POINTS]) {
        const { signal, code, err } = await run.dieAt('a', point, 1 + Math.floor(random() * MOST_TIMES));
        if (signal === 'SIGKILL') note('kills', 1);
        else found('not_as_expected', point, `it was never passed: the process ended with ${signal ?? code}: ${err}`);
      }
    } while (!isShort && load.written < records / 2);
    run.start('a');
    if (isShort) load.stop();
  },
};

/** kill -9 at random moments, starting and restoring included: one of two processes, then the other. */
export const killedAtRandom: Scenario = {
  name: 'kill -9 at random moments',
  group: 'process',
  cluster: 'one',
  records: { short: 20_000, long: 150_000 },
  eventsPerSecond: { short: 300, long: 4_000 },
  inShort: false,
  async play({ run, progress, load, random, note, isShort, signal }) {
    const names = ['a', 'b'];
    const running = names.map((name) => run.start(name));
    await progress.more(100);
    for (let kill = 0; kill < (isShort ? 4 : 16); kill++) {
      const victim = kill % 2;
      await running[victim]?.kill();
      note('kills', 1);
      running[victim] = run.start(names[victim] ?? '');
      await delay(random() * MOST_LIFE_MS, undefined, { signal });
      if (random() < 0.5) await progress.more(100);
    }
    if (isShort) load.stop();
  },
};
