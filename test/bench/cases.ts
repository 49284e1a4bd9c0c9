import type { BenchCase, BenchOptions, BenchResult } from './bench-case.ts';

type Load = () => Promise<BenchCase>;

/** Every bench, in the order in which they run and are shown. Loaded when its turn comes: a process measures one. */
const CASES: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['end-to-end', async () => (await import('./kafka/end-to-end.ts')).endToEnd],
  ['latency', async () => (await import('./kafka/latency.ts')).latency],
  ['judging', async () => (await import('./judging.ts')).judging],
  ['evaluator', async () => (await import('./evaluator/evaluator.ts')).evaluator],
  ['scale', async () => (await import('./scale/scale.ts')).scale],
  ['compression', async () => (await import('./compression.ts')).compression],
  ['replay', async () => (await import('./replay/replay.ts')).replay],
  ['memory', async () => (await import('./kafka/memory.ts')).memory],
]);

export const CASE_NAMES: readonly string[] = [...CASES.keys()];

/** Run only when they are asked for: they take an hour. */
export const LONG_CASES: ReadonlySet<string> = new Set(['memory']);

/** The title of a case. Throws for a name that is none. */
export async function caseTitle(name: string): Promise<string> {
  return (await load(name)).title;
}

/** Runs a case in this process. Throws for a name that is none. */
export async function runCase(name: string, options: BenchOptions): Promise<BenchResult> {
  return await (await load(name)).run(options);
}

async function load(name: string): Promise<BenchCase> {
  const loadCase = CASES.get(name);
  if (loadCase === undefined) throw new Error(`there is no bench ${name}; there are: ${CASE_NAMES.join(', ')}`);
  const found = await loadCase();
  if (found.name !== name) throw new Error(`the bench ${name} calls itself ${found.name}`);
  return found;
}
