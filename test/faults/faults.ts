import { Command, InvalidArgumentError } from 'commander';
import { packageFile } from '../../src/codec/package-file.ts';
import { faultRows } from './fault-rows.ts';
import { runMatrix } from './matrix.ts';
import { mergedFigures } from './merged-figures.ts';
import { writeReport } from './report.ts';
import type { RunResult } from './run-book.ts';
import type { AnyScenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

/** The command line. */
interface Flags {
  readonly short?: boolean;
  readonly only: readonly string[];
  readonly minutes: number;
  readonly events: number;
  readonly seed: number;
  readonly report?: string;
  readonly merge?: readonly string[];
  readonly list?: boolean;
  readonly keep?: boolean;
}

const INTERRUPTED = 130;

const command = new Command('test:faults')
  .description(
    'Makes the built program fail in every way that is known, and checks from outside what is left of a run.',
  )
  .option('--short', 'each scenario of the short form once, with small loads')
  .option('--long', 'every scenario, until --minutes and --events are reached (default)')
  .option('--only <name>', 'scenarios whose name contains this; may be repeated', collected, [])
  .option('--minutes <n>', 'how long the long form lasts at least', natural, 0)
  .option('--events <n>', 'how many events the long form judges at least', natural, 0)
  .option('--seed <n>', 'of loads and faults', natural, 1)
  .option('--report <file>', 'writes the report there, and its figures beside it as JSON')
  .option(
    '--merge <files...>',
    'runs nothing: writes one report of these (JSON); the last one that has a scenario counts',
  )
  .option('--keep', 'keeps configurations and logs of sound runs, too')
  .option('--list', 'names the scenarios')
  .parse();

await main(command.opts<Flags>());

async function main(flags: Flags): Promise<void> {
  const scenarios = chosen(flags);
  if (flags.list === true) return say(scenarios.map(({ name, group }) => `${group}: ${name}`).join('\n'));
  if (flags.merge !== undefined) return merge(flags.merge, flags.report);
  if (scenarios.length === 0) throw new Error('no scenario has such a name: see --list');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error(signal)));
  const startedMs = Date.now();
  const { minutes, events, seed, short: isShort = false, keep: keeps = false, report } = flags;
  const results = await runMatrix({
    ...{ scenarios, isShort, minutes, events, seed, keeps },
    signal: stop.signal,
    onRun: tell,
  });
  const rows = faultRows(scenarios, results);
  const unrun = scenarios
    .filter(({ name }) => results.every(({ scenario }) => scenario !== name))
    .map(({ name }) => name);
  const figures = { rows, unrun, seed, isShort, tookMs: Date.now() - startedMs, commands: [commandLine(flags)] };
  if (report !== undefined) writeReport(packageFile(report), figures);
  const bad = results.filter(({ findings }) => findings.length > 0).length;
  say(`${results.length} runs, ${results.reduce((sum, run) => sum + run.events, 0)} events, ${bad} runs with findings`);
  if (stop.signal.aborted) say('interrupted');
  if (stop.signal.aborted) process.exitCode = INTERRUPTED;
  else process.exitCode = bad === 0 ? 0 : 1;
}

/** Scenarios that take too long for one run are run apart; their report is one all the same. */
function merge(files: readonly string[], report: string | undefined): void {
  if (report === undefined) throw new Error('--merge needs --report');
  writeReport(packageFile(report), mergedFigures(files, SCENARIOS));
}

function chosen({ only, short: isShort = false }: Flags): readonly AnyScenario[] {
  const isNamed = ({ name }: AnyScenario) => only.length === 0 || only.some((part) => name.includes(part));
  return SCENARIOS.filter((scenario) => isNamed(scenario) && (!isShort || scenario.inShort));
}

/** What repeats the run. */
function commandLine({ only, minutes, events, seed, short: isShort = false }: Flags): string {
  const length = isShort ? ['--short'] : ['--long', '--minutes', minutes, '--events', events];
  const names = only.flatMap((name) => ['--only', JSON.stringify(name)]);
  return ['npm run test:faults --', ...length, ...names, '--seed', seed].join(' ');
}

function tell({
  scenario,
  seed,
  events,
  findings,
  longestStandstillMs,
  notes,
  peaks,
  tookMs,
  evidence,
}: RunResult): void {
  const facts = [...notes, ...peaks].map(([name, amount]) => `${amount} ${name}`).join(', ') || 'nothing happened';
  const end = findings.length === 0 ? 'sound' : `${findings.length} FINDINGS, see ${evidence}`;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  say(
    `${scenario} (seed ${seed}): ${events} events in ${seconds(tookMs)}, stood still ${seconds(longestStandstillMs)}; ${facts}: ${end}`,
  );
  for (const { kind, place, sentence } of findings.slice(0, 5)) say(`  ${kind} ${place}: ${sentence.slice(0, 400)}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function natural(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number');
  return value;
}
