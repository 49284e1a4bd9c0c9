import type { OwnBroker } from '../kafka/broker/start-broker.ts';
import type { FaultProxy } from '../kafka/proxy.ts';
import type { FaultKind } from './fault-kind.ts';
import type { FaultRun } from './fault-run.ts';

/** The brokers under a run. */
export interface Cluster {
  /** Where the outside world connects: load, watcher, checker. */
  readonly brokers: readonly string[];
  /** Where the program connects: the proxies where there are any. */
  readonly connect: readonly string[];
  /** One a node, in the order of `brokers`; none where the cluster is not proxied. */
  readonly proxies: readonly FaultProxy[];
  /** Broker processes, from 0 in the order of `brokers`. `kill` is kill -9, `start` resolves when it answers. */
  readonly node: OwnBroker['node'];
  stop(): Promise<void>;
}

/** How far the run has come, as a reader sees it that is not ours. */
export interface Progress {
  /** Input records that are settled: they have an audit record that is committed. */
  settled(): number;
  /** Resolves when so many are; rejects when nothing moves any more. */
  until(settled: number): Promise<void>;
  /** Resolves when so many more than now are, or all that there will be. */
  more(settled: number): Promise<void>;
}

/** The load, being written. */
export interface Load {
  /** How many records were written up to now; those in open transactions count. */
  readonly written: number;
  /** Resolves with how many records count when all is written; decoys of aborted transactions are none. */
  readonly done: Promise<number>;
  /** What was written is enough: nothing more comes. For faults that last as long as they last, under a load that lasts longer. */
  stop(): void;
}

/** What every scenario is given. */
export interface FreeStage {
  /** 0 ≤ x < 1, the same numbers for the same seed. */
  readonly random: () => number;
  readonly seed: number;
  /** How many records the load has in all. */
  readonly records: number;
  readonly isShort: boolean;
  /** Aborts when the run is over or somebody ends it. */
  readonly signal: AbortSignal;
  /** A directory of the run's own, removed after a run in which nothing was found. */
  readonly directory: string;
  /** Says that something is wrong which the checker does not look for. */
  found(kind: FaultKind, place: string, sentence: string): void;
  /** A fact for the report's row, such as `answers cut: 12`; facts of several runs with one name are added up. */
  note(name: string, amount: number): void;
  /** The same, of which the largest counts: bytes of memory. */
  peak(name: string, amount: number): void;
  /** Without a checker: so many input records counted. */
  judged(events: number): void;
  /** Without a watcher: the longest time in which nothing moved. */
  stoodStill(ms: number): void;
}

/** What a scenario with a broker is given. */
export interface Stage extends FreeStage {
  readonly run: FaultRun;
  readonly cluster: Cluster;
  readonly load: Load;
  readonly progress: Progress;
}
