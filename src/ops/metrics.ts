import { collectDefaultMetrics, Registry } from 'prom-client';
import { EVENT_TYPES, type SegmentCounts } from '../domain/counts.ts';
import type { AdapterMetrics } from '../domain/metrics.ts';
import type { CommittedWork, ListedPolicy, PolicyListing } from '../domain/observer.ts';
import type { OutputBlock } from '../domain/output.ts';
import type { RawRecord } from '../domain/record.ts';
import { EFFECTS } from '../domain/verdict.ts';
import { BoundedLabel } from './bounded-label.ts';
import { createFamilies, type Families } from './families.ts';

/** In files each file is a topic, and there may be any number of them. */
const MAX_TOPICS = 100;
const MAX_CAUSES = 50;
/** Numbers an output in `OutputBlock.index`. */
const CELLS_AN_OUTPUT = 3;

/** Metrics of a process, by the names of contract section 8, with prom-client's own of process and runtime. */
export function createMetrics(): Metrics {
  return new Metrics();
}

/**
 * Owns what was counted since the process began.
 *
 * 1. It counts what was committed: what is judged again after a failure counts once.
 * 2. Workers counted a segment in plain numbers; here it is one addition a segment and label, not one an event. Only the
 *    latency is looked at event by event.
 * 3. Labels are bounded: types, effects, modes and codes are closed sets, policies are those of the configuration,
 *    topics and causes are cut off at a maximum (`other`).
 */
export class Metrics implements AdapterMetrics {
  readonly #registry = new Registry();
  readonly #families: Families;
  readonly #sessions = new Map<number, number>();
  readonly #topics = new BoundedLabel(MAX_TOPICS);
  readonly #causes = new BoundedLabel(MAX_CAUSES);
  #policies: readonly ListedPolicy[] = [];

  constructor() {
    this.#families = createFamilies(this.#registry, () => sumOf(this.#sessions.values()));
    collectDefaultMetrics({ register: this.#registry });
    for (const effect of EFFECTS) this.#families.decisions.inc({ effect }, 0);
  }

  /** The `content-type` of `render`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything as Prometheus text. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The policies whose indices `committed` names from here on. */
  policiesLoaded({ revision, policies }: PolicyListing): void {
    this.#policies = policies;
    this.#families.revision.reset();
    this.#families.revision.set({ revision }, 1);
    for (const { name: policy, mode } of policies) {
      for (const effect of EFFECTS) this.#families.verdicts.inc({ policy, effect, mode }, 0);
    }
  }

  /** Adds what a transaction committed; `atMs` is its end, milliseconds since the epoch. */
  committed(work: readonly CommittedWork[], atMs: number): void {
    for (const { changes, counts } of work) {
      if (this.#sessions.has(changes.partition)) this.#sessions.set(changes.partition, counts.sessions);
      this.#merge(counts);
      for (const { code } of changes.deadLetters) this.#families.deadLetters.inc({ code });
      this.#observeLatencies(changes.decisions, changes.sources, atMs);
    }
  }

  /** A transaction was committed: how long it took, how many input records it settled. */
  transaction(seconds: number, records: number): void {
    this.#families.transaction.observe(seconds);
    this.#families.batchSize.observe(records);
  }

  /** A partition is ours and begins with so many live sessions; what is committed of it sets their number. */
  sessionsRestored(partition: number, sessions: number): void {
    this.#sessions.set(partition, sessions);
  }

  /** The partition is no longer ours: its sessions are not counted here any more. */
  dropPartition(partition: number): void {
    this.#sessions.delete(partition);
  }

  lagGone(topic: string, partition: number): void {
    this.#families.lag.remove(topic, String(partition));
  }

  lag(topic: string, partition: number, behind: number): void {
    this.#families.lag.set({ topic, partition: String(partition) }, behind);
  }

  rebalanced(): void {
    this.#families.rebalances.inc();
  }

  producerReset(cause: string): void {
    this.#families.producerResets.inc({ cause: this.#causes.of(cause) });
  }

  workerRestarted(): void {
    this.#families.workerRestarts.inc();
  }

  #merge(counts: SegmentCounts): void {
    const { decisions, duplicates, misrouted } = this.#families;
    for (const effect of EFFECTS) {
      if (counts.effects[effect] > 0) decisions.inc({ effect }, counts.effects[effect]);
    }
    if (counts.duplicates > 0) duplicates.inc(counts.duplicates);
    if (counts.misrouted > 0) misrouted.inc(counts.misrouted);
    this.#mergeEvents(counts);
    this.#mergeVerdicts(counts);
  }

  #mergeEvents({ events }: SegmentCounts): void {
    for (const { topic, types } of events) {
      for (let cell = 0; cell < types.length; cell++) {
        if (types[cell] === 0) continue;
        const labels = { topic: this.#topics.of(topic), type: EVENT_TYPES[cell] as string };
        this.#families.events.inc(labels, types[cell]);
      }
    }
  }

  #mergeVerdicts({ verdicts, faults, evaluations }: SegmentCounts): void {
    const families = this.#families;
    for (let cell = 0; cell < verdicts.length; cell++) {
      if (verdicts[cell] === 0) continue;
      const { name: policy, mode } = this.#policyAt(Math.floor(cell / EFFECTS.length));
      families.verdicts.inc({ policy, effect: EFFECTS[cell % EFFECTS.length] as string, mode }, verdicts[cell]);
    }
    for (const { policy, code, count } of faults) {
      families.policyErrors.inc({ policy: this.#policyAt(policy).name, code }, count);
    }
    for (let at = 0; at < evaluations.length; at += 2) {
      const { name: policy } = this.#policyAt(evaluations[at] as number);
      families.evaluation.observe({ policy }, evaluations[at + 1] as number);
    }
  }

  #policyAt(index: number): Pick<ListedPolicy, 'name' | 'mode'> {
    return this.#policies[index] ?? UNKNOWN_POLICY;
  }

  /** A broker's clock may be ahead of ours: that is no negative latency. Records without a timestamp have none at all. */
  #observeLatencies({ index, count }: OutputBlock, sources: readonly RawRecord[], atMs: number): void {
    for (let output = 0; output < count; output++) {
      const timestampMs = sources[index[output * CELLS_AN_OUTPUT] as number]?.timestampMs ?? -1;
      if (timestampMs >= 0) this.#families.latency.observe(Math.max(0, atMs - timestampMs) / 1000);
    }
  }
}

/** Of counts that come before `policiesLoaded`: a fault in the wiring, to be seen in the metrics and not in a crash. */
const UNKNOWN_POLICY = { name: 'unknown', mode: 'enforce' } as const;

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
