import { existsSync, readFileSync } from 'node:fs';
import type { BenchResult, Ratio } from '../bench-case.ts';
import type { Machine } from './machine.ts';

/** One case as it was measured, with where and when: cases of one report may come from several runs. */
export interface CaseReport extends BenchResult {
  readonly title: string;
  /** RFC 3339. */
  readonly measuredAt: string;
  readonly tookSeconds: number;
  readonly machine: Machine;
}

/** `docs/performance.json`. */
export interface BenchReport {
  readonly format: 1;
  /** By name, in the order in which they are shown. */
  readonly cases: Readonly<Record<string, CaseReport>>;
}

/** Digits of a figure that mean something. */
const DIGITS = 4;

/** The committed report; undefined where there is none. Throws when the file is no report of this format. */
export function readReport(path: string): BenchReport | undefined {
  if (!existsSync(path)) return undefined;
  const report = JSON.parse(readFileSync(path, 'utf8')) as BenchReport;
  if (report.format !== 1) throw new Error(`${path} has format ${report.format}, this program reads 1`);
  return report;
}

/** `measured` in the place of those cases in `before`, everything in the order of `names`; what `names` lacks is dropped. */
export function mergeReports(
  before: BenchReport | undefined,
  measured: ReadonlyMap<string, CaseReport>,
  names: readonly string[],
): BenchReport {
  const cases: Record<string, CaseReport> = {};
  for (const name of names) {
    const report = measured.get(name) ?? before?.cases[name];
    if (report !== undefined) cases[name] = report;
  }
  return { format: 1, cases };
}

/** The report as it is committed: figures cut to the digits that mean something, a line feed at the end. */
export function reportText(report: BenchReport): string {
  const rounded = (key: string, value: unknown) =>
    key === 'value' && typeof value === 'number' ? roundDigits(value) : value;
  return `${JSON.stringify(report, rounded, 2)}\n`;
}

/** Whole numbers stay whole; everything else keeps four digits. */
export function roundDigits(value: number): number {
  return Math.abs(value) >= 10 ** (DIGITS - 1) ? Math.round(value) : Number(value.toPrecision(DIGITS));
}

/** Throws when a value is no number, or two have one name: what is committed must be told apart, and compared, later. */
export function checkResult({ figures, ratios }: BenchResult): void {
  for (const values of [figures, ratios]) {
    const broken = values.find(({ value }) => !Number.isFinite(value));
    if (broken !== undefined) throw new Error(`${broken.name} has the value ${broken.value}`);
    const names = values.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new Error(`there are two values named ${twice}`);
  }
}

/** Undefined: the ratio has no goal. */
export function isGoalMet({ goal, value }: Ratio): boolean | undefined {
  if (goal === undefined) return undefined;
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = goal;
  return value >= atLeast && value <= atMost;
}

/** `at least 15`; empty without a goal. */
export function goalText({ goal }: Ratio): string {
  const parts = [
    ...(goal?.atLeast === undefined ? [] : [`at least ${goal.atLeast}`]),
    ...(goal?.atMost === undefined ? [] : [`at most ${goal.atMost}`]),
  ];
  return parts.join(', ');
}
