import { COLUMNS, type Column, columnOf } from './fault-columns.ts';
import type { RunResult } from './run-book.ts';
import type { AnyScenario } from './scenario.ts';

/** All runs of one scenario. */
export interface FaultRow extends Readonly<Record<Column, number>> {
  readonly scenario: string;
  readonly group: AnyScenario['group'];
  readonly cluster: AnyScenario['cluster'];
  readonly runs: number;
  readonly seeds: readonly number[];
  /** Input records that counted, of all runs. */
  readonly events: number;
  /** The longest time, of any run, in which an outside reader saw nothing new. */
  readonly longestStandstillMs: number;
  /** What the scenario counted: kills, cut answers. */
  readonly notes: Readonly<Record<string, number>>;
  /** The largest of all runs: bytes of memory. */
  readonly peaks: Readonly<Record<string, number>>;
}

/** One row a scenario that was run, in the order of `scenarios`. */
export function faultRows(scenarios: readonly AnyScenario[], results: readonly RunResult[]): readonly FaultRow[] {
  return scenarios.flatMap(({ name, group, cluster }) => {
    const runs = results.filter(({ scenario }) => scenario === name);
    return runs.length === 0 ? [] : [{ scenario: name, group, cluster, ...sumsOf(runs) }];
  });
}

function sumsOf(runs: readonly RunResult[]): Omit<FaultRow, 'scenario' | 'group' | 'cluster'> {
  const notes: Record<string, number> = {};
  const peaks: Record<string, number> = {};
  for (const run of runs) {
    for (const [name, amount] of run.notes) notes[name] = (notes[name] ?? 0) + amount;
    for (const [name, amount] of run.peaks) peaks[name] = Math.max(peaks[name] ?? 0, amount);
  }
  const columns = runs.flatMap(({ findings }) => findings.map(({ kind }) => columnOf(kind)));
  const counted = COLUMNS.map((column) => [column, columns.filter((one) => one === column).length] as const);
  return {
    runs: runs.length,
    seeds: runs.map(({ seed }) => seed),
    events: runs.reduce((sum, { events }) => sum + events, 0),
    longestStandstillMs: Math.max(...runs.map((run) => run.longestStandstillMs)),
    notes,
    peaks,
    ...(Object.fromEntries(counted) as Record<Column, number>),
  };
}
