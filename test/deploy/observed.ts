import type { Family } from '../ops/prometheus-text.ts';
import { yamlOf } from './given-deployment.ts';
import { type Asked, readPromql } from './promql.ts';

/** A rule of `deploy/prometheus/alerts.yml`. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
}

/** All of them. */
export function alerts(): readonly Alert[] {
  const { groups } = yamlOf<{ readonly groups: readonly { readonly rules: readonly Alert[] }[] }>(
    'deploy/prometheus/alerts.yml',
  );
  return groups.flatMap(({ rules }) => rules);
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** `deploy/grafana/dashboards/tollgate.json`. */
export interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

/** The dashboard. JSON is YAML too. */
export function dashboard(): Dashboard {
  return yamlOf('deploy/grafana/dashboards/tollgate.json');
}

/** A query with what shows its result: a template may name labels that the result has. */
export interface Query {
  readonly where: string;
  readonly expr: string;
  readonly texts: readonly string[];
}

/** Every query of the alerts and the dashboard; Grafana's variables are replaced by something of their kind. */
export function queries(): readonly Query[] {
  const ofAlerts = alerts().map(({ alert, expr, annotations: { summary, description } }) => ({
    where: alert,
    expr,
    texts: [summary, description],
  }));
  const ofPanels = dashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({
      where: title,
      expr: expr.replaceAll('$__rate_interval', '1m'),
      texts: [legendFormat],
    })),
  );
  return [...ofAlerts, ...ofPanels];
}

/** Labels that Prometheus gives every series that it scrapes. */
const OF_EVERY_TARGET = ['job', 'instance'];
const TEMPLATE_LABEL = /\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g;

/** Metric → labels of its samples, for all that `/metrics` shows, and `up`, which Prometheus itself adds. */
export function labelsOf(families: ReadonlyMap<string, Family>): ReadonlyMap<string, ReadonlySet<string>> {
  const labels = new Map([['up', new Set(OF_EVERY_TARGET)]]);
  for (const [family, { samples }] of families) {
    labels.set(family, labels.get(family) ?? new Set(OF_EVERY_TARGET));
    for (const { name, labels: own } of samples) {
      const known = labels.get(name) ?? new Set(OF_EVERY_TARGET);
      for (const label of Object.keys(own)) known.add(label);
      labels.set(name, known);
    }
  }
  return labels;
}

/** What a query asks for that is not there, in words; empty when all of it is. */
export function missing({ where, expr, texts }: Query, known: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const { metrics, grouping }: Asked = readPromql(expr);
  const problems: string[] = [];
  const all = new Set<string>();
  for (const [metric, labels] of metrics) {
    const own = known.get(metric);
    if (own === undefined) problems.push(`${where}: no metric ${metric}`);
    for (const label of own ?? []) all.add(label);
    for (const label of labels) if (own?.has(label) === false) problems.push(`${where}: ${metric} has no ${label}`);
  }
  const templated = texts.flatMap((text) => [...text.matchAll(TEMPLATE_LABEL)].map(([, label]) => label ?? ''));
  for (const label of [...grouping, ...templated]) {
    if (!all.has(label)) problems.push(`${where}: nothing has a label ${label}`);
  }
  return problems;
}
