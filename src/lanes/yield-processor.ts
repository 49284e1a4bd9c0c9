import { setPriority } from 'node:os';

/**
 * How much less than the rest of the process a lane is worth to the scheduler, in steps of nice(2). Where there are as many
 * lanes as processors, a transaction's four round trips would else wait for a lane's slice each time: with it, transactions
 * took half as long under load.
 */
const LANE_NICE = 5;

/**
 * Lets the main thread, and a broker on the same machine, go first. On Linux niceness is a thread's own, so that 0 means
 * the calling thread; elsewhere it is the whole process's, and nothing is done. Only a preference: a refusal changes nothing.
 */
export function yieldProcessor(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, LANE_NICE);
  } catch {
    // A sandbox may forbid it.
  }
}
