import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { BulkHistogram } from './bulk-histogram.ts';

/** Seconds. From a commit on loopback to a backlog of minutes. */
const LATENCY_BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300];
/** Seconds. A transaction on loopback takes 3–20 ms; the broker's timeout is 10 s. */
const TRANSACTION_BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
/** Seconds. Inspectors take microseconds, modules up to their time limit (100 ms unless set). */
const EVALUATION_BOUNDS = [0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.1, 1];
/** Records. */
const BATCH_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000];

const HELP = {
  tollgate_events_total: 'Committed records that could be read as events, second deliveries included.',
  tollgate_decisions_total: 'Committed decisions.',
  tollgate_verdicts_total: 'Verdicts in committed decisions, shadow policies included.',
  tollgate_decision_latency_seconds: 'From the timestamp of an input record to the commit of its decision.',
  tollgate_batch_size: 'Input records settled by one transaction.',
  tollgate_transaction_seconds: 'Duration of transactions that were committed.',
  tollgate_policy_eval_seconds: 'Evaluations of a policy; one event in 17 is timed.',
  tollgate_policy_errors_total: 'Verdicts of policies that failed: each is a deny.',
  tollgate_dead_letters_total: 'Committed records that could not be read as events.',
  tollgate_duplicates_total: 'Second deliveries of an event: recorded, not decided again.',
  tollgate_misrouted_events_total: 'Events in a partition that their session does not hash to.',
  tollgate_sessions: 'Live sessions of the partitions this process owns.',
  tollgate_consumer_lag: 'Records of an input partition that are not committed yet.',
  tollgate_rebalances_total: 'Assignments of partitions by the consumer group.',
  tollgate_producer_resets_total: 'Producers thrown away after a failure.',
  tollgate_worker_restarts_total: 'Worker threads that died or were ended, and were replaced.',
  tollgate_policy_revision_info: 'The policies that judge; always 1.',
} as const;

type Name = keyof typeof HELP;

/** Every metric of contract section 8, registered. */
export interface Families {
  readonly events: Counter<'topic' | 'type'>;
  readonly decisions: Counter<'effect'>;
  readonly verdicts: Counter<'policy' | 'effect' | 'mode'>;
  readonly latency: BulkHistogram;
  readonly batchSize: Histogram;
  readonly transaction: Histogram;
  readonly evaluation: Histogram<'policy'>;
  readonly policyErrors: Counter<'policy' | 'code'>;
  readonly deadLetters: Counter<'code'>;
  readonly duplicates: Counter;
  readonly misrouted: Counter;
  readonly sessions: Gauge;
  readonly lag: Gauge<'topic' | 'partition'>;
  readonly rebalances: Counter;
  readonly producerResets: Counter<'cause'>;
  readonly workerRestarts: Counter;
  readonly revision: Gauge<'revision'>;
}

/** Makes and registers them; `sessions` is asked for when the metrics are read. */
export function createFamilies(registry: Registry, sessions: () => number): Families {
  const counter = <T extends string = never>(name: Name, ...labelNames: readonly T[]) =>
    new Counter<T>({ name, help: HELP[name], labelNames, registers: [registry] });
  const gauge = <T extends string = never>(name: Name, ...labelNames: readonly T[]) =>
    new Gauge<T>({ name, help: HELP[name], labelNames, registers: [registry] });
  const histogram = <T extends string = never>(name: Name, bounds: number[], ...labelNames: readonly T[]) =>
    new Histogram<T>({ name, help: HELP[name], buckets: bounds, labelNames, registers: [registry] });
  const latency = 'tollgate_decision_latency_seconds';
  return {
    events: counter('tollgate_events_total', 'topic', 'type'),
    decisions: counter('tollgate_decisions_total', 'effect'),
    verdicts: counter('tollgate_verdicts_total', 'policy', 'effect', 'mode'),
    latency: new BulkHistogram({ name: latency, help: HELP[latency], bounds: LATENCY_BOUNDS }, registry),
    batchSize: histogram('tollgate_batch_size', BATCH_BOUNDS),
    transaction: histogram('tollgate_transaction_seconds', TRANSACTION_BOUNDS),
    evaluation: histogram('tollgate_policy_eval_seconds', EVALUATION_BOUNDS, 'policy'),
    policyErrors: counter('tollgate_policy_errors_total', 'policy', 'code'),
    deadLetters: counter('tollgate_dead_letters_total', 'code'),
    duplicates: counter('tollgate_duplicates_total'),
    misrouted: counter('tollgate_misrouted_events_total'),
    sessions: sessionsGauge(registry, sessions),
    lag: gauge('tollgate_consumer_lag', 'topic', 'partition'),
    rebalances: counter('tollgate_rebalances_total'),
    producerResets: counter('tollgate_producer_resets_total', 'cause'),
    workerRestarts: counter('tollgate_worker_restarts_total'),
    revision: gauge('tollgate_policy_revision_info', 'revision'),
  };
}

function sessionsGauge(registry: Registry, sessions: () => number): Gauge {
  const name = 'tollgate_sessions';
  const collect = function (this: Gauge): void {
    this.set(sessions());
  };
  return new Gauge({ name, help: HELP[name], registers: [registry], collect });
}
