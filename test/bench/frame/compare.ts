import type { Ratio } from '../bench-case.ts';
import type { BenchReport, CaseReport } from './report.ts';

/** A ratio that is worse by more than this part of the committed one has fallen. */
const TOLERANCE = 0.15;

/** What became of a committed ratio. `unmeasured`: the run could not compare, which is neither held nor fallen. */
export interface Comparison {
  readonly caseName: string;
  readonly ratio: string;
  readonly committed: number;
  readonly now: number | undefined;
  readonly kind: 'held' | 'fallen' | 'unmeasured';
}

/**
 * Holds what was measured against what is committed, ratio by ratio of the measured cases. Figures are not compared: they are the
 * machine's. A ratio that is not committed yet is not among them.
 */
export function compareWithCommitted(
  measured: ReadonlyMap<string, Pick<CaseReport, 'ratios'>>,
  committed: BenchReport,
): Comparison[] {
  const comparisons: Comparison[] = [];
  for (const [caseName, { ratios }] of measured) {
    for (const before of committed.cases[caseName]?.ratios ?? []) {
      const now = ratios.find(({ name }) => name === before.name)?.value;
      const known = { caseName, ratio: before.name, committed: before.value, now };
      comparisons.push({ ...known, kind: kindOf(before, now) });
    }
  }
  return comparisons;
}

/** The committed one says which direction is better: a ratio cannot be turned round to pass. */
function kindOf(before: Ratio, now: number | undefined): Comparison['kind'] {
  if (now === undefined) return 'unmeasured';
  const limit = before.higherIsBetter ? before.value * (1 - TOLERANCE) : before.value * (1 + TOLERANCE);
  const isWorse = before.higherIsBetter ? now < limit : now > limit;
  return isWorse || Number.isNaN(now) ? 'fallen' : 'held';
}
