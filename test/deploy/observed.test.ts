import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/ops/metrics.ts';
import { aCounter, LISTING, scraped, work } from '../ops/given.ts';
import { textOf, yamlOf } from './given-deployment.ts';
import { alerts, dashboard, labelsOf, missing, queries } from './observed.ts';
import { readPromql } from './promql.ts';

/** Of a process to which everything happened that is counted. Real ones are asked in the end-to-end tests. */
async function everything() {
  const metrics = createMetrics();
  metrics.policiesLoaded(LISTING);
  const counter = aCounter();
  counter.event('t', 'tool_call');
  const { changes, counts } = work({ counter, timestampsMs: [1], deadLetters: ['invalid_json'] });
  const faults = [{ policy: 0, code: 'timeout', count: 1 }] as const;
  metrics.sessionsRestored(0, 1);
  metrics.committed([{ changes, counts: { ...counts, faults, evaluations: Float64Array.of(0, 0.001) } }], 2);
  metrics.transaction(0.01, 2);
  metrics.lag('t', 0, 1);
  metrics.producerReset('test');
  return labelsOf(await scraped(metrics));
}

describe('a query', () => {
  it('is read as what it asks for', () => {
    const { metrics, grouping } = readPromql(
      'sum by (a, b) (rate(one{c="x"}[5m])) > on (d) (two unless two offset 10m)',
    );
    expect([...metrics].map(([name, labels]) => [name, [...labels]])).toEqual([
      ['one', ['c']],
      ['two', []],
    ]);
    expect([...grouping]).toEqual(['a', 'b', 'd']);
    expect(() => readPromql('sum by (a (one)')).toThrow(SyntaxError);
  });

  it('that asks for what is not there is found', () => {
    const known = new Map([['one', new Set(['a'])]]);
    const query = { where: 'here', expr: 'sum by (b) (one{c="x"}) / two', texts: ['{{ $labels.d }}'] };
    expect(missing(query, known)).toEqual([
      'here: one has no c',
      'here: no metric two',
      'here: nothing has a label b',
      'here: nothing has a label d',
    ]);
  });
});

describe('alerts and dashboard', () => {
  it.each(queries())('ask only for what is measured: $where', async (query) => {
    expect(missing(query, await everything())).toEqual([]);
  });
});

describe('an alert', () => {
  const headings = textOf('docs/operations.md')
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );

  it.each(alerts())('$alert says what to do on it in a section of its own', ({ alert, annotations }) => {
    expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
    expect(headings).toContain(alert.toLowerCase());
  });

  it.each(alerts())('$alert has a case that sets it off', ({ alert }) => {
    const { tests } = yamlOf<{
      readonly tests: readonly {
        readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly object[] }[];
      }[];
    }>('deploy/prometheus/alerts.test.yml');
    const cases = tests.flatMap((test) => test.alert_rule_test).filter(({ alertname }) => alertname === alert);
    expect(cases.some(({ exp_alerts }) => exp_alerts.length > 0)).toBe(true);
  });

  it('is no section without an alert', () => {
    const named = headings.filter((heading) => /^tollgate[a-z]+$/.test(heading));
    expect(named.sort()).toEqual(
      alerts()
        .map(({ alert }) => alert.toLowerCase())
        .sort(),
    );
  });
});

describe('the dashboard', () => {
  it('puts no panel over another', () => {
    const cells = dashboard().panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...dashboard().panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });

  it('gives every panel an id and a description', () => {
    const { panels } = dashboard();
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ type, description = '' }) => type !== 'row' && description === '')).toEqual([]);
  });

  it('uses no variable that it does not define', () => {
    const defined = dashboard().templating.list.map(({ name }) => name);
    const used = [...JSON.stringify(dashboard()).matchAll(/\$\{?(\w+)/g)].map(([, name]) => name ?? '');
    expect(used.filter((name) => !name.startsWith('__') && !defined.includes(name))).toEqual([]);
  });
});
