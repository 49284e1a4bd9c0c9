import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { packageFile } from '../../../src/codec/package-file.ts';
import { createOpaEvaluator } from '../../../src/wasm/opa/evaluate.ts';
import type { BenchOptions, BenchResult } from '../bench-case.ts';
import { median } from '../frame/median.ts';
import { type GuardInputs, guardInputs } from './guard-inputs.ts';

const CONTEXT = { nowMs: 0, seed: 'bench' };
const INPUTS = 2_000;
const FULL = { rounds: 10 };
const QUICK = { rounds: 2 };
const BUILD_TIMEOUT_MS = 600_000;
const RUN_TIMEOUT_MS = 120_000;

/** What the Go program prints, a round. */
interface GoRound {
  readonly fromTextNs: number;
  readonly fromValuesNs: number;
}

/**
 * Tollgate's evaluator beside OPA's Go engine: same Rego and data, same inputs, and the answers must be the same. Without Go, or
 * without its modules, it says so in a note and compares nothing.
 */
export async function measureGoEngine(_: unknown, { quick, signal, log }: BenchOptions): Promise<BenchResult> {
  const { rounds } = quick ? QUICK : FULL;
  const dir = mkdtempSync(join(tmpdir(), 'tollgate-opa-go-'));
  try {
    log('building the Go program');
    const program = join(dir, 'opa-go');
    const problem = build(program);
    if (problem !== undefined) return { figures: [], ratios: [], notes: [`NOT MEASURED: OPA's Go engine. ${problem}`] };
    const guard = await guardInputs(INPUTS);
    signal.throwIfAborted();
    const before = ownMicroseconds(guard, rounds);
    const go = runGo(program, dir, guard, rounds);
    const own = median([...before, ...ownMicroseconds(guard, rounds)]);
    return resultFrom(own, go, rounds);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function resultFrom(own: number, go: readonly GoRound[], rounds: number): BenchResult {
  const fromText = median(go.map(({ fromTextNs }) => fromTextNs)) / 1000;
  const fromValues = median(go.map(({ fromValuesNs }) => fromValuesNs)) / 1000;
  return {
    figures: [
      { name: 'Tollgate, from JSON text', value: own, unit: 'µs' },
      { name: "OPA's Go engine, from JSON text", value: fromText, unit: 'µs' },
      { name: "OPA's Go engine, input parsed beforehand", value: fromValues, unit: 'µs' },
    ],
    ratios: [{ name: "OPA's Go engine / Tollgate", value: fromText / own, higherIsBetter: true }],
    notes: [
      `OPA's Go engine: a prepared query in a Go program, the inputs one after another, its collector on the other cores; answers of all ${INPUTS} inputs were compared and are equal; the median of ${rounds} rounds, ours before and after.`,
    ],
  };
}

/** Undefined when it was built; otherwise why not. */
function build(program: string): string | undefined {
  const source = packageFile('test', 'bench', 'evaluator', 'opa-go');
  const built = spawnSync('go', ['build', '-C', source, '-o', program, '.'], {
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
  });
  if (built.error !== undefined) return `There is no Go to build it with (${built.error.message}).`;
  return built.status === 0 ? undefined : `go build failed: ${built.stderr.trim().split('\n').at(-1)}`;
}

/** Throws when the two engines do not answer alike. */
function runGo(program: string, dir: string, guard: GuardInputs, rounds: number): readonly GoRound[] {
  const inputs = join(dir, 'inputs.ndjson');
  const answers = join(dir, 'answers.ndjson');
  writeFileSync(inputs, `${guard.texts.join('\n')}\n`);
  const args = [packageFile('policies', 'agent-guard'), 'data.agent.decision', inputs, answers, String(rounds)];
  const ran = spawnSync(program, args, { encoding: 'utf8', timeout: RUN_TIMEOUT_MS });
  if (ran.status !== 0) throw new Error(`the Go program failed: ${ran.stderr || ran.error?.message}`);
  const theirs = readFileSync(answers, 'utf8').trimEnd().split('\n');
  const evaluator = createOpaEvaluator(guard.spec, answerOf);
  for (const [at, text] of guard.texts.entries()) {
    const ours = evaluator.evaluate(text, CONTEXT);
    const other = JSON.parse(theirs[at] as string);
    if (!isDeepStrictEqual(ours, other)) {
      throw new Error(`the engines differ on ${text}: ${JSON.stringify(ours)}, Go ${JSON.stringify(other)}`);
    }
  }
  return JSON.parse(ran.stdout);
}

function answerOf(resultSet: Buffer): unknown {
  return JSON.parse(resultSet.toString('utf8'))[0].result;
}

function ownMicroseconds({ spec, texts }: GuardInputs, rounds: number): number[] {
  const evaluator = createOpaEvaluator(spec, answerOf);
  const measured: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const startMs = performance.now();
    for (const text of texts) evaluator.evaluate(text, CONTEXT);
    if (round > 0) measured.push(((performance.now() - startMs) * 1000) / texts.length);
  }
  return measured;
}
