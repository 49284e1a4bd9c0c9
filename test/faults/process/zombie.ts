import { setTimeout as delay } from 'node:timers/promises';
import type { Program } from '../program.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { COMMIT_POINTS } from './crash-points.ts';

/** Beyond a member's session, so that the group goes on without it; sometimes longer than a transaction may last (4 s). */
const BEYOND_MS = { least: 1_000, most: 5_000 };
const MOST_TIMES = 4;

/**
 * A process stops in the middle of a commit, another one takes its partitions over, and then it goes on, not knowing: at each
 * point of a commit, and at random moments.
 */
export const zombieAmongTwo: Scenario = {
  name: 'SIGSTOP beyond the session, then SIGCONT: another took over',
  group: 'process',
  cluster: 'one',
  records: { short: 30_000, long: 300_000 },
  eventsPerSecond: { short: 250, long: 2_500 },
  inShort: true,
  async play(stage) {
    const { run, progress, load, random, note, signal, isShort, found } = stage;
    const points = isShort ? ['commit:offsets-sent'] : COMMIT_POINTS;
    run.start('steady');
    await progress.more(100);
    for (const point of points) {
      const zombie = run.startFreezingAt('zombie', point, 1 + Math.floor(random() * MOST_TIMES));
      if (!(await zombie.frozen(signal))) found('not_as_expected', point, 'the process never passed it');
      await delay(frozenMs(stage), undefined, { signal });
      zombie.thaw();
      note('processes frozen', 1);
      await progress.more(200);
      if (!isShort) await freezeAtRandom(stage, zombie);
      await zombie.stop();
    }
    load.stop();
  },
};

/** The only process stops, its group is empty, and it goes on. */
export const zombieAlone: Scenario = {
  name: 'SIGSTOP beyond the session, then SIGCONT: alone',
  group: 'process',
  cluster: 'one',
  records: { short: 20_000, long: 80_000 },
  eventsPerSecond: { short: 250, long: 3_000 },
  inShort: false,
  async play(stage) {
    const { run, progress, load, isShort } = stage;
    const zombie = run.start('zombie');
    for (let time = 0; time < (isShort ? 2 : 5); time++) {
      await progress.more(100);
      await freezeAtRandom(stage, zombie);
    }
    if (isShort) load.stop();
  },
};

async function freezeAtRandom(stage: Stage, zombie: Program): Promise<void> {
  const { progress, random, note, signal } = stage;
  await delay(random() * 500, undefined, { signal });
  zombie.freeze();
  await delay(frozenMs(stage), undefined, { signal });
  zombie.thaw();
  note('processes frozen', 1);
  await progress.more(100);
}

function frozenMs({ run, random, isShort }: Stage): number {
  const most = isShort ? BEYOND_MS.least : BEYOND_MS.most;
  return run.sessionTimeoutMs + BEYOND_MS.least + random() * (most - BEYOND_MS.least);
}
