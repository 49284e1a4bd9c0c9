import type { Ratio } from '../bench-case.ts';
import type { BenchReport, CaseReport } from './report.ts';

/** A ratio; higher is better unless said. */
export function ratio(name: string, value: number, more: Partial<Ratio> = {}): Ratio {
  return { name, value, higherIsBetter: true, ...more };
}

/** A case with these ratios, measured somewhere, some day. */
export function givenCase(ratios: readonly Ratio[], more: Partial<CaseReport> = {}): CaseReport {
  return {
    title: 'Something: this beside that',
    measuredAt: '2026-03-02T08:00:00.000Z',
    tookSeconds: 12,
    machine: { cpus: '2 × Some CPU', memoryGb: 24, system: 'linux 6.1', node: 'v20.20.2', kafka: '4.3.1' },
    figures: [],
    ratios,
    notes: [],
    ...more,
  };
}

/** A report of these cases. */
export function givenReport(cases: Readonly<Record<string, CaseReport>>): BenchReport {
  return { format: 1, cases };
}
