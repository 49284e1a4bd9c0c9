import { SESSION_BOUNDS } from '../domain/session.ts';

const MIN_PERIOD = 2;
const DIGITS = 32;

/** A repeating pattern at the end of the tool calls: `count` whole rounds of `period` calls; both 0 when there is none. */
export interface Cycle {
  readonly period: number;
  readonly count: number;
}

const NO_CYCLE: Cycle = { period: 0, count: 0 };

/** No calls yet: one run a period from 2 to `SESSION_BOUNDS.cyclePeriod`. */
export const NO_PERIOD_RUNS: readonly number[] = new Array(SESSION_BOUNDS.cyclePeriod - MIN_PERIOD + 1).fill(0);

/** Run lengths after one more call: run p counts the trailing calls that equal the call p places before them. */
export function nextPeriodRuns(runs: readonly number[], lastCalls: string, fingerprint: string): readonly number[] {
  if (!lastCalls.includes(fingerprint)) return NO_PERIOD_RUNS;
  return runs.map((run, i) => {
    const start = lastCalls.length - (i + MIN_PERIOD) * DIGITS;
    return start >= 0 && lastCalls.startsWith(fingerprint, start) ? run + 1 : 0;
  });
}

/** The last calls after one more, at most `SESSION_BOUNDS.cyclePeriod`. */
export function nextLastCalls(lastCalls: string, fingerprint: string): string {
  const grown = lastCalls + fingerprint;
  const excess = grown.length - SESSION_BOUNDS.cyclePeriod * DIGITS;
  return excess > 0 ? grown.slice(excess) : grown;
}

/**
 * The shortest cycle of at least two whole rounds. A run of one and the same call is a repeat, not a cycle: what
 * `repeat` counts is left out by asking that the run of identical calls be shorter than the period.
 */
export function cycleOf(periodRuns: readonly number[], repeatCount: number): Cycle {
  for (let i = 0; i < periodRuns.length; i++) {
    const period = i + MIN_PERIOD;
    const run = periodRuns[i] ?? 0;
    if (run >= period && repeatCount < period) return { period, count: Math.floor(run / period) + 1 };
  }
  return NO_CYCLE;
}
