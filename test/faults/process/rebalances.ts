import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const LEAST_VISIT_MS = 500;
const MOST_VISIT_MS = 2_500;
/** What a process logs when it was given its part of the partitions. */
const ASSIGNED = 'partitions assigned';

/**
 * Partitions change hands all the time: processes come, and go before they were given anything, in the midst of a restore,
 * or while they judge; some well, some not. Two stay.
 */
export const racingOwners: Scenario = {
  name: 'owners racing for partitions',
  group: 'process',
  cluster: 'one',
  records: { short: 20_000, long: 150_000 },
  eventsPerSecond: { short: 300, long: 4_000 },
  inShort: true,
  async play({ run, progress, load, random, note, signal, isShort }) {
    run.start('a');
    run.start('b');
    await progress.more(100);
    const visits = isShort ? 5 : 20;
    const leaving: Promise<unknown>[] = [];
    for (let visit = 0; visit < visits; visit++) {
      // Who is killed comes again under the same name; who leaves well may still be leaving when the next one comes.
      const isDoomed = random() < 0.5;
      const visitor = run.start(isDoomed ? 'c' : `visitor-${visit}`);
      await delay(LEAST_VISIT_MS + random() * MOST_VISIT_MS, undefined, { signal });
      if (isDoomed) await visitor.kill();
      else leaving.push(visitor.stop());
      note('processes come and gone', 1);
    }
    await Promise.all(leaving);
    if (isShort) load.stop();
  },
};

/** From one process to three and back, under load. */
export const scaled: Scenario = {
  name: 'scaled 1 → 3 → 1 under load',
  group: 'process',
  cluster: 'one',
  records: { short: 20_000, long: 150_000 },
  eventsPerSecond: { short: 400, long: 8_000 },
  inShort: true,
  async play({ run, progress, load, note, records, isShort, signal }) {
    const share = isShort ? 150 : Math.floor(records / 16);
    run.start('a');
    await progress.more(share);
    const others = [run.start('b'), run.start('c')];
    await Promise.all(others.map((other) => other.says(ASSIGNED, signal)));
    await progress.more(4 * share);
    for (const other of others) {
      await other.stop();
      await progress.more(share);
    }
    if (isShort) load.stop();
    note('times scaled', 4);
  },
};
