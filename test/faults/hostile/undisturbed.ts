import { setTimeout as delay } from 'node:timers/promises';
import { startLoad } from '../fault-load.ts';
import { FaultRun } from '../fault-run.ts';
import type { Program } from '../program.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { openWatcher } from '../watcher.ts';
import { peakMib } from './peak-memory.ts';

/** How a backlog was judged. */
export interface Pace {
  readonly perSecond: number;
  /** The most memory that the process had, MiB; undefined where the system does not say. */
  readonly peakMib: number | undefined;
}

/** The first of a backlog are judged while code is still being compiled: they do not count. */
const WARM_SHARE = 0.1;
const LOOK_MS = 10;
const LIMIT_MS = 300_000;

/** How fast this process judges what waits, as a reader sees it: from a tenth of `records` on to the last. */
export async function paceOf(
  program: Program,
  settled: () => number,
  records: number,
  signal: AbortSignal,
): Promise<Pace> {
  const reaches = async (count: number) => {
    const deadlineMs = performance.now() + LIMIT_MS;
    while (settled() < count) {
      if (!program.isRunning || performance.now() > deadlineMs)
        throw new Error(`${settled()} of ${records} are settled`);
      await delay(LOOK_MS, undefined, { signal });
    }
    return { count: settled(), atMs: performance.now() };
  };
  const begin = await reaches(Math.ceil(records * WARM_SHARE));
  const end = await reaches(records);
  const perSecond = (1000 * (end.count - begin.count)) / Math.max(1, end.atMs - begin.atMs);
  return { perSecond, peakMib: peakMib(program.child.pid) };
}

/** The same load, without anything hostile, on the same brokers, judged and checked in the same way. */
export async function undisturbedPace(stage: Stage, { load: options }: Pick<Scenario, 'load'>): Promise<Pace> {
  const { cluster, records, seed, signal, directory } = stage;
  const { brokers, connect } = cluster;
  const run = new FaultRun({ brokers, connect, directory: `${directory}/undisturbed` });
  try {
    await run.createTopics();
    const { topics, partitions } = run;
    const count = await startLoad({ brokers, topics, seed, records, eventsPerSecond: 0, options, signal }).done;
    const watcher = openWatcher({ brokers, topics, partitions });
    try {
      const pace = await paceOf(run.start('b'), () => watcher.settled, count, signal);
      await run.stopAll();
      const { violations, heads, counts } = await run.check();
      stage.judged(counts.inputs);
      await watcher.conclude(heads);
      for (const { kind, place, sentence } of violations) stage.found(kind, place, sentence);
      for (const sentence of watcher.violations) stage.found('seen_while_running', 'undisturbed', sentence);
      return pace;
    } finally {
      await watcher.close();
    }
  } finally {
    for (const sentence of run.badEndings) stage.found('ended_badly', 'undisturbed', sentence);
    await run.close();
  }
}
