import { createRequire } from 'node:module';
import { createOpaEvaluator } from '../../../src/wasm/opa/evaluate.ts';
import type { OpaModuleSpec } from '../../../src/wasm/opa/instance.ts';
import { openOpaInstance } from '../../../src/wasm/opa/open-instance.ts';
import type { BenchOptions, BenchResult } from '../bench-case.ts';
import { medianOf } from '../frame/median.ts';
import { guardInputs } from './guard-inputs.ts';

const CONTEXT = { nowMs: 0, seed: 'bench' };
const INPUTS = 2_000;
const FULL = { reused: 100_000, fresh: 3_000, rounds: 5 };
const QUICK = { reused: 10_000, fresh: 500, rounds: 1 };

/** The SDK's own loader: what a program without an evaluator of its own would call. */
const { loadPolicySync } = createRequire(import.meta.url)(
  '@open-policy-agent/opa-wasm',
) as typeof import('@open-policy-agent/opa-wasm');

/** Microseconds an evaluation, each way, of one round. */
interface Round {
  readonly reused: number;
  readonly fresh: number;
  readonly sdkFresh: number;
}

/** Tollgate's evaluator, which keeps its instance, beside a fresh instance for each evaluation: same module, data, inputs. */
export async function measureReuse(_: unknown, { quick, signal, log }: BenchOptions): Promise<BenchResult> {
  const counts = quick ? QUICK : FULL;
  const { spec, texts } = await guardInputs(INPUTS);
  const rounds: Round[] = [];
  for (let round = 0; round <= counts.rounds; round++) {
    signal.throwIfAborted();
    const measured = {
      reused: reused(spec, texts, counts.reused),
      fresh: fresh(spec, texts, counts.fresh),
      sdkFresh: sdkFresh(spec, texts, counts.fresh),
    };
    log(`reuse, round ${round}: ${measured.reused.toFixed(1)} µs reused, ${measured.fresh.toFixed(1)} µs fresh`);
    if (round > 0) rounds.push(measured);
  }
  return {
    figures: [
      { name: 'OPA policy of 20 rules, instance reused', value: medianOf(rounds, ({ reused }) => reused), unit: 'µs' },
      { name: 'the same, fresh instance each time', value: medianOf(rounds, ({ fresh }) => fresh), unit: 'µs' },
      { name: "the same, fresh through OPA's SDK", value: medianOf(rounds, (round) => round.sdkFresh), unit: 'µs' },
    ],
    ratios: [
      {
        name: 'fresh instance / reused instance',
        value: medianOf(rounds, (round) => round.fresh / round.reused),
        goal: { atLeast: 15 },
        higherIsBetter: true,
      },
    ],
    notes: [
      `Reused against fresh: ${INPUTS} inputs from JSON text to the parsed answer, the module compiled beforehand for both, one thread; the median of ${counts.rounds} rounds.`,
    ],
  };
}

function reused(spec: OpaModuleSpec, texts: readonly string[], count: number): number {
  const evaluator = createOpaEvaluator(spec, parsed);
  return microseconds(count, (at) => evaluator.evaluate(texts[at % texts.length], CONTEXT));
}

function fresh(spec: OpaModuleSpec, texts: readonly string[], count: number): number {
  return microseconds(count, (at) => parsed(openOpaInstance(spec).evaluate(texts[at % texts.length], CONTEXT)));
}

function sdkFresh(spec: OpaModuleSpec, texts: readonly string[], count: number): number {
  const data = JSON.parse(spec.dataText);
  const memory = { initial: 8, maximum: spec.limits.memoryMb * 16 };
  return microseconds(count, (at) => {
    const policy = loadPolicySync(spec.module, memory);
    policy.setData(data);
    return policy.evaluate(JSON.parse(texts[at % texts.length] as string), spec.entrypoint ?? 0);
  });
}

function parsed(resultSet: Buffer): unknown {
  return JSON.parse(resultSet.toString('utf8'));
}

/** Collected before the clock starts: rubbish of the round before is not this one's. */
function microseconds(count: number, call: (at: number) => unknown): number {
  globalThis.gc?.();
  const startMs = performance.now();
  for (let at = 0; at < count; at++) call(at);
  return ((performance.now() - startMs) * 1000) / count;
}
