import { readFileSync } from 'node:fs';
import type { FaultRow } from './fault-rows.ts';
import type { Figures } from './report.ts';
import type { AnyScenario } from './scenario.ts';

/** What a report's JSON holds of what `writeReport` was given. */
interface ReportFile {
  readonly rows: readonly FaultRow[];
  readonly seed: number;
  readonly form: 'short' | 'long';
  readonly minutes: number;
  /** Of reports that were written before there could be several. */
  readonly command?: string;
  readonly commands?: readonly string[];
}

const MINUTE_MS = 60_000;

/** The figures of several reports as one: of a scenario that is in more than one, the last counts; minutes are summed. */
export function mergedFigures(files: readonly string[], scenarios: readonly AnyScenario[]): Figures {
  const reports = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as ReportFile);
  const rows = new Map(reports.flatMap(({ rows: own }) => own.map((row) => [row.scenario, row] as const)));
  const [first] = reports;
  if (first === undefined) throw new Error('no reports to merge');
  return {
    rows: scenarios.flatMap(({ name }) => rows.get(name) ?? []),
    unrun: scenarios.filter(({ name }) => !rows.has(name)).map(({ name }) => name),
    seed: first.seed,
    isShort: reports.some(({ form }) => form === 'short'),
    tookMs: reports.reduce((sum, { minutes }) => sum + minutes * MINUTE_MS, 0),
    commands: reports.flatMap(({ command, commands }) => commands ?? command ?? []),
  };
}
