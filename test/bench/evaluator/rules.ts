import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../../../src/codec/package-file.ts';
import type { Config } from '../../../src/config/config.ts';
import { loadPolicyConfig } from '../../../src/config/load-config.ts';
import { prepareSetup } from '../../../src/pipeline/prepare.ts';
import type { BenchOptions } from '../bench-case.ts';
import { median } from '../frame/median.ts';
import { batches, judgeBatch, openWorker } from '../given-lanes.ts';
import { makeWorkload } from '../workload.ts';
import { buildBundle } from './opa-program.ts';

const USED_TOOLS = 10;
const SHAPE = { sessions: 2_000, partitions: 8, bytes: 500, seed: 42 };
const BATCH = 512;
const FULL = { events: 40_000, rounds: 5 };
const QUICK = { events: 5_000, rounds: 2 };

/** So many rules: each a policy of its own with `match.tools`, or all of them in one Rego policy. */
export interface RulesInput {
  readonly rules: number;
  readonly form: 'policies' | 'one policy';
  /** Needed for `one policy`: its Rego is made here. */
  readonly opa: string | undefined;
}

export interface RulesCost {
  readonly usPerEvent: number;
  /** From the configuration to a worker that can judge. */
  readonly readyMs: number;
  /** Resident memory that loading it took, of one lane. */
  readonly memoryMb: number;
}

/** What judging an event costs with so many rules. Call it in a process of its own. */
export async function measureRules(input: RulesInput, { quick, signal }: BenchOptions): Promise<RulesCost> {
  const { events, rounds } = quick ? QUICK : FULL;
  const dir = mkdtempSync(join(tmpdir(), 'tollgate-rules-'));
  try {
    const config = input.form === 'policies' ? manyPolicies(dir, input.rules) : onePolicy(dir, input);
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    const startMs = performance.now();
    const setup = await prepareSetup(config, SHAPE.partitions, signal);
    openWorker(setup, SHAPE.partitions);
    const readyMs = performance.now() - startMs;
    globalThis.gc?.();
    const memoryMb = (process.memoryUsage.rss() - before) / 1e6;
    const workload = makeWorkload(events, { ...SHAPE, tools: usedTools(input.rules) });
    const measured: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const worker = openWorker(setup, SHAPE.partitions);
      const roundMs = performance.now();
      for (const batch of batches(workload, BATCH)) judgeBatch(worker, [batch]);
      if (round > 0) measured.push(((performance.now() - roundMs) * 1000) / events);
    }
    return { usPerEvent: median(measured), readyMs, memoryMb };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Ten tools, spread evenly over those that have a rule: none stands at the front. With one rule, nine have none. */
function usedTools(rules: number): string[] {
  const step = Math.max(1, Math.floor(rules / USED_TOOLS));
  return Array.from({ length: USED_TOOLS }, (_, i) => toolName(i * step));
}

/** All of one length, so that events of all runs are alike. */
function toolName(index: number): string {
  return `tool_${String(index).padStart(4, '0')}`;
}

/**
 * A policy a tool, all of one bundle; the cheapest there is, so that finding the policy shows. Not by way of a configuration file:
 * that takes 256 policies at most.
 */
function manyPolicies(dir: string, count: number): Config {
  const config = configOf(dir, { bundle: packageFile('policies', 'dist', 'first.tar.gz') });
  const [policy] = config.policies;
  if (policy === undefined) throw new Error('the configuration has no policy');
  const policies = Array.from({ length: count }, (_, i) => {
    return { ...policy, name: `rule-${i}`, match: { tools: [toolName(i)] } };
  });
  return { ...config, policies };
}

/** One entrypoint that has a rule for each tool. */
function onePolicy(dir: string, { rules, opa }: RulesInput): Config {
  if (opa === undefined) throw new Error('there is no opa to build the policy with');
  const sources = join(dir, 'rego');
  mkdirSync(sources);
  writeFileSync(join(sources, 'rules.rego'), regoText(rules));
  const bundle = join(dir, 'rules.tar.gz');
  buildBundle(opa, sources, 'rules/deny', bundle);
  return configOf(dir, { bundle }, { result: 'deny_set' });
}

function regoText(rules: number): string {
  const texts = Array.from({ length: rules }, (_, i) => {
    return `deny contains "rule ${i}" if {\n\tinput.tool == "${toolName(i)}"\n\tstartswith(input.params.path, "/etc/${i}")\n}\n`;
  });
  return `package rules\n\n${texts.join('\n')}`;
}

function configOf(dir: string, opa: object, more: object = {}): Config {
  const file = join(dir, 'tollgate.yaml');
  writeFileSync(file, JSON.stringify({ policies: [{ name: 'rules', opa, ...more }] }));
  return loadPolicyConfig(file, {});
}
