import { setTimeout as delay } from 'node:timers/promises';
import type { Head } from '../kafka/outside/chain-head.ts';
import { outsideReader } from '../kafka/outside/reader.ts';
import type { RunTopics } from '../kafka/outside/run-records.ts';
import { SeenProgress } from './progress.ts';
import { WatchedRun } from './watched-run.ts';
import { Following } from './watcher-follow.ts';

/** What is watched. */
export interface WatcherOptions {
  readonly brokers: readonly string[];
  readonly topics: RunTopics;
  /** Partitions of every topic. */
  readonly partitions: number;
}

/** A reader that is not ours, reading in `read_committed` while the faults happen. */
export interface Watcher {
  /** Input records that are settled: they have an audit record. */
  readonly settled: number;
  /** Longest time in which none was settled although some were there, milliseconds. */
  readonly longestStandstillMs: number;
  /** What no reader may ever see, as sentences; the first 200. */
  readonly violations: readonly string[];
  /** How many more there were. */
  readonly further: number;
  /** How often one of its readers had to be started again. */
  readonly restarts: number;
  /** What its readers said when they last ended: why nothing is seen, when nothing is. */
  readonly lastWords: readonly string[];
  /** Where each partition's audit chain ends as far as it was seen. */
  readonly heads: readonly Head[];
  /**
   * To be called when all is judged and the run stands still, with the heads of the chains as the checker found them: reads on
   * until that was seen too (at most `limitMs`), and adds what then still misses its counterpart. As each record names the hash
   * of the one before, one head for both means that nothing that was seen while running is another record now, or gone.
   */
  conclude(heads: readonly Head[], limitMs?: number): Promise<void>;
  close(): Promise<void>;
}

const CONCLUDE_MS = 20_000;
const LOOK_MS = 50;

/** Begins to watch; the topics must be there. Throws where the outside reader is missing. */
export function openWatcher({ brokers, topics, partitions }: WatcherOptions): Watcher {
  outsideReader(brokers);
  const progress = new SeenProgress();
  const run = new WatchedRun(topics, partitions, progress);
  const inputs = [...topics.events, topics.control];
  const outputs = [topics.audit, topics.decisions, topics.deadLetter];
  const followings = [...inputs, ...outputs].map((topic) => {
    const placesOnly = inputs.includes(topic);
    return new Following({ brokers, topic, partitions, placesOnly, onRecord: (record) => run.see(topic, record) });
  });
  return new RunWatcher(run, progress, followings);
}

class RunWatcher implements Watcher {
  readonly #run: WatchedRun;
  readonly #progress: SeenProgress;
  readonly #followings: readonly Following[];

  constructor(run: WatchedRun, progress: SeenProgress, followings: readonly Following[]) {
    this.#run = run;
    this.#progress = progress;
    this.#followings = followings;
  }

  get settled(): number {
    return this.#progress.settled;
  }

  get longestStandstillMs(): number {
    return Math.round(this.#progress.longestStandstillMs());
  }

  get violations(): readonly string[] {
    const { violations } = this.#run.findings.report();
    return violations.map(({ kind, place, sentence }) => `${kind} ${place}: ${sentence}`);
  }

  get further(): number {
    return this.#run.findings.report().further;
  }

  get restarts(): number {
    return this.#followings.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  get lastWords(): readonly string[] {
    return this.#followings.map(({ lastWords }) => lastWords).filter((words) => words !== '');
  }

  get heads(): readonly Head[] {
    return this.#run.partitions.map(({ head }) => head);
  }

  async conclude(heads: readonly Head[], limitMs = CONCLUDE_MS): Promise<void> {
    const deadlineMs = performance.now() + limitMs;
    while (!this.#run.isEvenAt(heads) && performance.now() < deadlineMs) await delay(LOOK_MS);
    this.#run.end(heads);
  }

  async close(): Promise<void> {
    await Promise.all(this.#followings.map((following) => following.close()));
  }
}
