import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/domain/decision.ts';
import { EFFECTS, type Effect } from '../../src/domain/verdict.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { aCounter, LISTING, scraped, work } from './given.ts';
import { parsePrometheus, sampleOf } from './prometheus-text.ts';

/** Contract section 8. */
const NAMES: Readonly<Record<string, string>> = {
  tollgate_events_total: 'counter',
  tollgate_decisions_total: 'counter',
  tollgate_verdicts_total: 'counter',
  tollgate_decision_latency_seconds: 'histogram',
  tollgate_batch_size: 'histogram',
  tollgate_transaction_seconds: 'histogram',
  tollgate_policy_eval_seconds: 'histogram',
  tollgate_policy_errors_total: 'counter',
  tollgate_dead_letters_total: 'counter',
  tollgate_duplicates_total: 'counter',
  tollgate_misrouted_events_total: 'counter',
  tollgate_sessions: 'gauge',
  tollgate_consumer_lag: 'gauge',
  tollgate_rebalances_total: 'counter',
  tollgate_producer_resets_total: 'counter',
  tollgate_worker_restarts_total: 'counter',
  tollgate_policy_revision_info: 'gauge',
};

function loaded() {
  const metrics = createMetrics();
  metrics.policiesLoaded(LISTING);
  return metrics;
}

function decided(effect: Effect, verdicts: Decision['verdicts'] = []): Decision {
  return { effect, verdicts } as unknown as Decision;
}

function verdict(policy: string, effect: Effect, code?: 'timeout'): Decision['verdicts'][number] {
  const error = code === undefined ? undefined : { error: { code, message: '' } };
  return { policy, version: '', mode: 'enforce', effect, ...error };
}

describe('the metrics', () => {
  it('have the names and types of the contract, and those of the process', async () => {
    const families = await scraped(createMetrics());
    const own = [...families].filter(([name]) => name.startsWith('tollgate_')).map(([name, { type }]) => [name, type]);
    expect(Object.fromEntries(own)).toEqual(NAMES);
    expect(families.get('process_resident_memory_bytes')?.type).toBe('gauge');
    expect(families.get('nodejs_eventloop_lag_p99_seconds')?.type).toBe('gauge');
  });

  it('begin with the closed sets at 0: a rate can be told from the first event on', async () => {
    const families = await scraped(loaded());
    for (const effect of EFFECTS) {
      expect(sampleOf(families, 'tollgate_decisions_total', { effect })).toBe(0);
      expect(sampleOf(families, 'tollgate_verdicts_total', { policy: 'house', effect, mode: 'shadow' })).toBe(0);
    }
    expect(sampleOf(families, 'tollgate_policy_revision_info', { revision: 'sha256:r1' })).toBe(1);
  });

  it('add up what is committed', async () => {
    const metrics = loaded();
    const counter = aCounter();
    counter.event('agent.steps', 'step');
    counter.event('agent.tool-calls', 'tool_call');
    counter.event('agent.tool-calls', 'tool_call');
    counter.decided(decided('warn', [verdict('egress', 'warn'), verdict('house', 'deny', 'timeout')]));
    counter.decided(decided('allow', [verdict('egress', 'allow')]));
    counter.duplicate();
    counter.misrouted();
    const first = work({ counter, deadLetters: ['invalid_json', 'invalid_json', 'too_deep'] });
    counter.event('agent.steps', 'step');
    counter.decided(decided('warn', [verdict('house', 'warn')]));
    metrics.committed([first, work({ counter, partition: 1 })], 0);
    const families = await scraped(metrics);
    expect([
      sampleOf(families, 'tollgate_events_total', { topic: 'agent.steps', type: 'step' }),
      sampleOf(families, 'tollgate_events_total', { topic: 'agent.tool-calls', type: 'tool_call' }),
      sampleOf(families, 'tollgate_decisions_total', { effect: 'warn' }),
      sampleOf(families, 'tollgate_decisions_total', { effect: 'allow' }),
      sampleOf(families, 'tollgate_verdicts_total', { policy: 'egress', effect: 'warn', mode: 'enforce' }),
      sampleOf(families, 'tollgate_verdicts_total', { policy: 'house', effect: 'deny', mode: 'shadow' }),
      sampleOf(families, 'tollgate_verdicts_total', { policy: 'house', effect: 'warn', mode: 'shadow' }),
      sampleOf(families, 'tollgate_policy_errors_total', { policy: 'house', code: 'timeout' }),
      sampleOf(families, 'tollgate_dead_letters_total', { code: 'invalid_json' }),
      sampleOf(families, 'tollgate_dead_letters_total', { code: 'too_deep' }),
      sampleOf(families, 'tollgate_duplicates_total'),
      sampleOf(families, 'tollgate_misrouted_events_total'),
    ]).toEqual([2, 2, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1]);
  });

  it('tell latencies from the record’s timestamp to the commit, where there is one, and never below 0', async () => {
    const metrics = loaded();
    metrics.committed([work({ timestampsMs: [1_000, 1_995, 2_500, -1] })], 2_000);
    const families = await scraped(metrics);
    const bucket = (le: string) => sampleOf(families, 'tollgate_decision_latency_seconds_bucket', { le });
    expect([bucket('0.001'), bucket('0.005'), bucket('0.5'), bucket('1'), bucket('+Inf')]).toEqual([1, 2, 2, 3, 3]);
    expect(sampleOf(families, 'tollgate_decision_latency_seconds_sum')).toBeCloseTo(1.005, 9);
    expect(sampleOf(families, 'tollgate_decision_latency_seconds_count')).toBe(3);
  });

  it('tell transactions by duration and by records', async () => {
    const metrics = loaded();
    metrics.transaction(0.003, 512);
    metrics.transaction(0.3, 3);
    const families = await scraped(metrics);
    expect(sampleOf(families, 'tollgate_transaction_seconds_bucket', { le: '0.005' })).toBe(1);
    expect(sampleOf(families, 'tollgate_batch_size_sum')).toBe(515);
    expect(sampleOf(families, 'tollgate_batch_size_count')).toBe(2);
  });

  it('tell evaluations by policy, in seconds', async () => {
    const metrics = loaded();
    const counts = { ...work().counts, evaluations: Float64Array.of(0, 0.00003, 1, 0.5, 0, 0.00004) };
    metrics.committed([{ ...work(), counts }], 0);
    const families = await scraped(metrics);
    expect(sampleOf(families, 'tollgate_policy_eval_seconds_count', { policy: 'egress' })).toBe(2);
    expect(sampleOf(families, 'tollgate_policy_eval_seconds_sum', { policy: 'house' })).toBe(0.5);
    expect(sampleOf(families, 'tollgate_policy_eval_seconds_bucket', { policy: 'egress', le: '0.00005' })).toBe(2);
  });

  it('know the sessions of the partitions that are ours, also when a commit ends after its partition was given up', async () => {
    const metrics = loaded();
    const sessions = async () => sampleOf(await scraped(metrics), 'tollgate_sessions');
    metrics.sessionsRestored(0, 10);
    metrics.sessionsRestored(1, 5);
    metrics.committed([work({ partition: 1, sessions: 7 })], 0);
    expect(await sessions()).toBe(17);
    metrics.dropPartition(1);
    metrics.committed([work({ partition: 1, sessions: 8 })], 0);
    expect(await sessions()).toBe(10);
  });

  it('take what adapters report, and forget the lag of what is gone', async () => {
    const metrics = loaded();
    metrics.lag('events', 1, 40);
    metrics.lag('events', 1, 30);
    metrics.lag('events', 2, 5);
    metrics.lagGone('events', 2);
    metrics.rebalanced();
    metrics.producerReset('INVALID_PRODUCER_EPOCH');
    metrics.workerRestarted();
    const families = await scraped(metrics);
    expect(families.get('tollgate_consumer_lag')?.samples).toEqual([
      { name: 'tollgate_consumer_lag', labels: { topic: 'events', partition: '1' }, value: 30 },
    ]);
    expect(sampleOf(families, 'tollgate_rebalances_total')).toBe(1);
    expect(sampleOf(families, 'tollgate_producer_resets_total', { cause: 'INVALID_PRODUCER_EPOCH' })).toBe(1);
    expect(sampleOf(families, 'tollgate_worker_restarts_total')).toBe(1);
  });

  it('name one revision, the latest', async () => {
    const metrics = loaded();
    metrics.policiesLoaded({ revision: 'sha256:r2', policies: [] });
    const { samples } = (await scraped(metrics)).get('tollgate_policy_revision_info') ?? { samples: [] };
    expect(samples.map(({ labels }) => labels.revision)).toEqual(['sha256:r2']);
  });

  it('do not grow with the names of topics and causes: what comes late is `other`', async () => {
    const metrics = loaded();
    const counter = aCounter();
    for (let n = 0; n < 500; n++) {
      counter.event(`file-${n}.ndjson`, 'step');
      metrics.producerReset(`cause ${n}`);
    }
    metrics.committed([work({ counter })], 0);
    const families = await scraped(metrics);
    expect(families.get('tollgate_events_total')?.samples).toHaveLength(101);
    expect(sampleOf(families, 'tollgate_events_total', { topic: 'other', type: 'step' })).toBe(400);
    expect(families.get('tollgate_producer_resets_total')?.samples).toHaveLength(51);
  });

  it('are text that a strict reader takes, whatever the names of topics and policies hold', async () => {
    const names = fc.string({ unit: 'binary', maxLength: 20 });
    const property = fc.asyncProperty(names, names, async (topic, policy) => {
      const metrics = createMetrics();
      const counter = aCounter();
      counter.event(topic, 'step');
      metrics.policiesLoaded({ revision: topic, policies: [{ ...LISTING.policies[0], name: policy } as never] });
      metrics.committed([work({ counter })], 0);
      const families = await scraped(metrics);
      expect(sampleOf(families, 'tollgate_events_total', { topic, type: 'step' })).toBe(1);
      const labels = { policy, effect: 'ask', mode: 'enforce' };
      expect(sampleOf(families, 'tollgate_verdicts_total', labels)).toBe(0);
    });
    await fc.assert(property, { seed: 42, numRuns: 30 });
  });
});

describe('the strict reader', () => {
  const HEAD = '# HELP a_total b\n# TYPE a_total counter\n';
  const HISTOGRAM = '# HELP h b\n# TYPE h histogram\n';
  it.each<readonly [string, string]>([
    ['a sample without its metric', 'a_total 1\n'],
    ['a series twice', `${HEAD}a_total{x="1"} 1\na_total{x="1"} 2\n`],
    ['a metric twice', `${HEAD}a_total 1\n${HEAD}a_total{y="1"} 1\n`],
    ['a counter below 0', `${HEAD}a_total -1\n`],
    ['a quote inside a label', `${HEAD}a_total{x="1"2"} 1\n`],
    ['a value that is no number', `${HEAD}a_total one\n`],
    ['a last line without an end', `${HEAD}a_total 1`],
    ['buckets that shrink', `${HISTOGRAM}h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`],
    ['buckets without their end', `${HISTOGRAM}h_bucket{le="1"} 1\nh_sum 1\nh_count 1\n`],
  ])('refuses %s', (_, text) => {
    expect(() => parsePrometheus(text)).toThrow();
  });
});
