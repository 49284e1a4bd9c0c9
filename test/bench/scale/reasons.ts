import { availableParallelism } from 'node:os';

const UNPROFILED = 'Why is not known: this bend was not profiled yet.';

/** Why each curve bends where it does; told beside a bend. Only what was looked into is given as a reason. */
export const REASONS = {
  memory: UNPROFILED,
  // Garbage collection timed by PerformanceObserver: 37 % of restoring 20,000 sessions, 42 % of 100,000, mostly scavenges.
  restore: 'About four tenths of a restore are the collector, mostly moving sessions that all survive.',
  // One thread, 100,000 events after a warm-up, PerformanceObserver and --trace-gc: 80 to 99 µs an event with 100,000 sessions,
  // 8 to 10 of them scavenges; 145 to 174 with a million, 32 to 41 of them scavenges and 8 to 15 steps of marking. Sessions in
  // turn 145 and 173, at random 174 and 164. Later, judging compiled beforehand: 65 of them 7, against 82 of them 24. --trace-gc-nvp: of a scavenge's 15 ms copying took 4. --max-semi-space-size=64
  // (20,000 events): scavenges 8 to 15 µs an event in place of 21 to 36, all 83 to 93 in place of 92 to 139; 152 while marking.
  judging:
    'With a million sessions (2.7 GB of live heap) nearly all of the increase is the collector (the figure of collections): each scavenge takes four times as long though it moves as much, so that it grows with the heap beside it. Sessions in turn or at random make no difference. With NODE_OPTIONS=--max-semi-space-size=64 there are a quarter as many scavenges, and most of the bend was gone in a short run.',
  // Seen on a busy machine only: a third more CPU an event at 64 than at 1, `packOutputs` among the first functions at 64.
  partitions:
    'A segment is what a batch holds of one partition; closing one costs the same for eight events as for five hundred. (Inferred: the profile names it, and no more.)',
  lanes: `This machine has ${availableParallelism()} cores, which lanes share with the main thread. (Inferred, not profiled.)`,
} as const;
