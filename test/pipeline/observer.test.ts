import { describe, expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { Operations } from '../../src/ops/operations.ts';
import { listPolicies } from '../../src/pipeline/list-policies.ts';
import type { ProcessorOptions } from '../../src/pipeline/processor.ts';
import { MemoryAdapter } from '../contract/memory-adapter.ts';
import { LOOPING_POLICIES, setupOf, toolCall } from '../lanes/given.ts';
import { scraped } from '../ops/given.ts';
import { type Family, sampleOf } from '../ops/prometheus-text.ts';
import { aProcessor, decisionsOf, LANES } from './given.ts';

const PARTITIONS = 4;
const SESSIONS = ['a', 'b', 'c', 'd', 'e', 'f'];
const NEVER = new AbortController().signal;

interface DecisionJson {
  readonly effect: string;
  readonly verdicts: readonly { readonly policy: string; readonly effect: string; readonly mode: string }[];
}

function history(events: number, special: Readonly<Record<number, string>> = {}): MemoryAdapter {
  const adapter = new MemoryAdapter(PARTITIONS);
  for (let n = 0; n < events; n++) {
    const key = SESSIONS[n % SESSIONS.length] as string;
    adapter.append({ key, value: toolCall(key, n, { command: special[n] ?? `ls ${n}` }) });
  }
  adapter.append({ key: 'a', value: Buffer.from('nonsense') });
  return adapter;
}

/** Judges everything; gives the metrics and what they are to be compared with. */
async function observed(adapter: MemoryAdapter, options: Partial<ProcessorOptions> = {}) {
  const setup = await setupOf(LOOPING_POLICIES, { partitions: PARTITIONS });
  const operations = new Operations();
  operations.policiesLoaded(listPolicies(setup));
  await aProcessor(adapter, setup, { observer: operations, ...options }).run(NEVER);
  const decisions = decisionsOf(adapter).map((text) => JSON.parse(text) as DecisionJson);
  return { operations, metrics: await scraped(operations.metrics), decisions };
}

/** Effects and verdicts by the metrics, without those that are 0. */
function counted(metrics: ReadonlyMap<string, Family>): Record<string, number> {
  const families = ['tollgate_decisions_total', 'tollgate_verdicts_total'];
  const samples = families.flatMap((name) => metrics.get(name)?.samples ?? []);
  return Object.fromEntries(
    samples
      .filter(({ value }) => value > 0)
      .map(({ labels: { policy = '', effect, mode = '' }, value }) => [`${policy} ${effect} ${mode}`, value]),
  );
}

/** The same by the decisions. */
function written(decisions: readonly DecisionJson[]): Record<string, number> {
  const counts: Record<string, number> = {};
  const add = (key: string) => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  for (const { effect, verdicts } of decisions) {
    add(` ${effect} `);
    for (const verdict of verdicts) add(`${verdict.policy} ${verdict.effect} ${verdict.mode}`);
  }
  return counts;
}

describe('what a processor reports', () => {
  it('counts what it committed: the metrics are those of the decisions', async () => {
    const { metrics, decisions } = await observed(history(300));
    expect(counted(metrics)).toEqual(written(decisions));
    const events = metrics.get('tollgate_events_total')?.samples.reduce((sum, { value }) => sum + value, 0);
    expect(events).toBe(300);
    expect(sampleOf(metrics, 'tollgate_dead_letters_total', { code: 'invalid_json' })).toBe(1);
  });

  it('counts once what is judged again: a worker died, commits failed', async () => {
    const adapter = history(200, { 100: 'LOOP' });
    let commits = 0;
    const log = adapter.openLog((point) => {
      if (point === 'commit:before-rename' && ++commits % 3 === 1 && commits < 8) {
        throw new TollgateError('commit_failed', 'the world failed', { retryable: true });
      }
    });
    const { metrics, decisions } = await observed(adapter, { log, lanes: { ...LANES, batchEvents: 16 } });
    expect(counted(metrics)).toEqual(written(decisions));
    expect(sampleOf(metrics, 'tollgate_policy_errors_total', { policy: 'loop', code: 'timeout' })).toBe(1);
    expect(sampleOf(metrics, 'tollgate_worker_restarts_total')).toBeGreaterThanOrEqual(1);
  });

  it('names the policies as the configuration has them, without options', async () => {
    const { operations } = await observed(history(1));
    expect(operations.listing?.policies.map(({ name, kind, mode }) => [name, kind, mode])).toEqual([
      ['egress', 'inspector', 'enforce'],
      ['loop', 'opa', 'enforce'],
      ['repetition', 'inspector', 'enforce'],
    ]);
  });
});
