import Table from 'cli-table3';
import type { BenchResult, Ratio } from '../bench-case.ts';
import type { Comparison } from './compare.ts';
import { goalText, isGoalMet, roundDigits } from './report.ts';

const PLAIN = { head: [], border: [] };

/** What a case found, for a terminal: both sides, ratios with their goals, notes. */
export function resultText({ figures, ratios, notes }: BenchResult): string {
  const sides = new Table({ head: ['figure', 'value', 'unit'], style: PLAIN, colAligns: ['left', 'right', 'left'] });
  sides.push(...figures.map(({ name, value, unit }) => [name, numberText(value), unit]));
  const divided = new Table({
    head: ['ratio', 'value', 'goal', ''],
    style: PLAIN,
    colAligns: ['left', 'right', 'left', 'left'],
  });
  divided.push(...ratios.map((ratio) => [ratio.name, numberText(ratio.value), goalText(ratio), verdictText(ratio)]));
  const tables = [...(figures.length > 0 ? [sides] : []), ...(ratios.length > 0 ? [divided] : [])];
  return [...tables.map(String), ...notes.map((note) => `- ${note}`)].join('\n');
}

/** The comparison with what is committed, for a terminal. */
export function comparisonText(comparisons: readonly Comparison[]): string {
  const table = new Table({ head: ['case', 'ratio', 'committed', 'now', ''], style: PLAIN });
  table.push(
    ...comparisons.map(({ caseName, ratio, committed, now, kind }) => [
      caseName,
      ratio,
      numberText(committed),
      now === undefined ? '' : numberText(now),
      kind,
    ]),
  );
  return table.toString();
}

/** `met`, `MISSED`, or nothing where there is no goal. */
export function verdictText(ratio: Ratio): string {
  const isMet = isGoalMet(ratio);
  if (isMet === undefined) return '';
  return isMet ? 'met' : 'MISSED';
}

/** With thousands apart, and the digits that mean something. */
export function numberText(value: number): string {
  return roundDigits(value).toLocaleString('en-US', { maximumFractionDigits: 6 });
}
