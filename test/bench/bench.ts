import { Command } from 'commander';
import type { BenchOptions, BenchResult } from './bench-case.ts';
import { CASE_NAMES, caseTitle, LONG_CASES } from './cases.ts';
import { apart } from './frame/apart.ts';
import { checkMeasured } from './frame/check.ts';
import { thisMachine } from './frame/machine.ts';
import { type CaseReport, checkResult } from './frame/report.ts';
import { resultText } from './frame/result-table.ts';
import { writeReport } from './frame/write-report.ts';

/** `npm run bench`: runs the benches one after another, each in a process of its own, and shows what they found. */
interface Flags {
  readonly only?: readonly string[];
  readonly quick?: boolean;
  readonly check?: boolean;
  readonly write?: boolean;
}

const CASES_MODULE = new URL('./cases.js', import.meta.url).href;

const program = new Command('bench')
  .description('measures each bench beside its baseline')
  .option(
    '--only <name...>',
    `these benches: ${CASE_NAMES.join(', ')}; ${[...LONG_CASES].join(', ')}, an hour long, runs only when named`,
  )
  .option('--quick', 'small, to try a bench; its figures mean little')
  .option('--check', 'end with 1 when a ratio is more than 15 % worse than the one in docs/performance.json')
  .option('--write', 'put what was measured into docs/performance.json, and write docs/performance.md anew')
  .allowExcessArguments(false)
  .action(main);
await program.parseAsync();

async function main(flags: Flags): Promise<void> {
  const names = chosenNames(flags);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('stopped')));
  process.once('SIGTERM', () => stop.abort(new Error('stopped')));
  const log = (line: string) => process.stderr.write(`  ${line}\n`);
  const options = { quick: flags.quick === true, signal: stop.signal, log };
  const measured = new Map<string, CaseReport>();
  let failures = 0;
  for (const name of names) {
    if (stop.signal.aborted) break;
    const report = await measure(name, options);
    if (report === undefined) failures++;
    else measured.set(name, report);
  }
  if (flags.write && failures === 0) process.stderr.write(`${writeReport(measured, CASE_NAMES)}\n`);
  const isFallen = flags.check === true && !checkMeasured(measured, (text) => process.stdout.write(`${text}\n`));
  process.exitCode = failures > 0 || isFallen ? 1 : 0;
}

function chosenNames({ only, quick, check, write }: Flags): readonly string[] {
  const unknown = only?.find((name) => !CASE_NAMES.includes(name));
  if (unknown !== undefined) program.error(`there is no bench ${unknown}; there are: ${CASE_NAMES.join(', ')}`);
  if (quick && (check || write)) program.error('figures of --quick are neither written nor compared');
  return CASE_NAMES.filter((name) => only?.includes(name) ?? !LONG_CASES.has(name));
}

/** Undefined when the case failed; why was said. */
async function measure(name: string, options: BenchOptions): Promise<CaseReport | undefined> {
  const title = await caseTitle(name);
  process.stderr.write(`${name}: ${title}\n`);
  const startMs = performance.now();
  const measuredAt = new Date().toISOString();
  try {
    const result = await apart<BenchResult>({ module: CASES_MODULE, name: 'runCase', input: name }, options);
    checkResult(result);
    const tookSeconds = Math.round((performance.now() - startMs) / 1000);
    process.stdout.write(`\n${name}: ${title}\n${resultText(result)}\n\n`);
    return { title, measuredAt, tookSeconds, machine: thisMachine(), ...result };
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    process.stderr.write(options.signal.aborted ? 'stopped\n' : `${name} FAILED: ${why}\n`);
    return undefined;
  }
}
