import { compareWithCommitted } from './compare.ts';
import { type CaseReport, readReport } from './report.ts';
import { comparisonText } from './result-table.ts';
import { REPORT_FILE } from './write-report.ts';

/**
 * Says how the measured ratios stand beside the committed ones; false when one has fallen, or when there is nothing to hold
 * them against. A ratio that could not be measured here is said aloud and fails nothing.
 */
export function checkMeasured(measured: ReadonlyMap<string, CaseReport>, say: (text: string) => void): boolean {
  const committed = readReport(REPORT_FILE);
  if (committed === undefined) {
    say(`there is no ${REPORT_FILE} to compare with: run with --write first`);
    return false;
  }
  const comparisons = compareWithCommitted(measured, committed);
  say(comparisonText(comparisons));
  const fallen = comparisons.filter(({ kind }) => kind === 'fallen');
  const unmeasured = comparisons.filter(({ kind }) => kind === 'unmeasured');
  if (unmeasured.length > 0) say(`NOT COMPARED, not measured here: ${unmeasured.map(({ ratio }) => ratio).join('; ')}`);
  say(`${comparisons.length - fallen.length - unmeasured.length} ratios held, ${fallen.length} fell by more than 15 %`);
  return fallen.length === 0 && comparisons.length > 0;
}
