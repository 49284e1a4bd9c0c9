import { availableParallelism } from 'node:os';

const UNPROFILED = 'Why is not known: this bend was not profiled yet.';

/** Why each curve bends where it does; told beside a bend. Only what was looked into is given as a reason. */
export const REASONS = {
  memory: UNPROFILED,
  // Garbage collection timed by PerformanceObserver: 37 % of restoring 20,000 sessions, 42 % of 100,000, mostly scavenges.
  restore: 'About four tenths of a restore are the collector, mostly moving sessions that all survive.',
  judging:
    'A million sessions are 2.7 GB of live heap: they fit no cache, and each full collection walks them all. (Inferred, not profiled.)',
  // Seen on a busy machine only: a third more CPU an event at 64 than at 1, `packOutputs` among the first functions at 64.
  partitions:
    'A segment is what a batch holds of one partition; closing one costs the same for eight events as for five hundred. (Inferred: the profile names it, and no more.)',
  lanes: `This machine has ${availableParallelism()} cores, which lanes share with the main thread. (Inferred, not profiled.)`,
} as const;
