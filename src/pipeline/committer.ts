import { TollgateError } from '../domain/errors.ts';
import type { Outcome } from './outcome.ts';
import type { Assignment, StateLog } from './ports.ts';

/** Most output bytes in one transaction; a single entry may be larger. */
const MAX_COMMIT_BYTES = 32 * 1024 * 1024;

/** A transaction of fewer records was no load: the next one begins at once. */
const LOAD_RECORDS = 8;
/** How much longer transactions gather while the lanes are behind: what waits then waits for them. */
const BEHIND_FACTOR = 10;
/** So many records are a large enough transaction: it need not gather more. */
const AMPLE_RECORDS = 4_096;

/** What the committer reports. */
export interface CommitListener {
  committed(outcomes: readonly Outcome[]): void;
  /** The transaction's fate is unknown: only the log can tell, so that its partitions must be restored. */
  failed(error: TollgateError): void;
  /** Nothing waits, nothing is under way. */
  idle(): void;
}

/**
 * Commits what is finished, of all partitions, one transaction after another: while one is under way the next gathers,
 * so that idle means small and fast, and a backlog large and cheap.
 *
 * 1. Entries of one partition are committed in the order they were added.
 * 2. One transaction at a time. A failed one is reported, never repaired or tried again here, and nothing that waited
 *    behind it is committed: it follows what may not be there.
 * 3. `drop` removes what waits of a partition; what is already under way is awaited with `settled`.
 * 4. Under load transactions start `intervalMs` apart, so that they gather: what they cost is mostly paid once each. While
 *    the lanes are behind, ten times that.
 * 5. What waits of a held partition is not committed until it is released under the assignment that holds now.
 */
export class Committer {
  readonly #log: StateLog;
  readonly #listener: CommitListener;
  readonly #signal: AbortSignal;
  #waiting: Outcome[] = [];
  readonly #held = new Set<number>();
  #underWay: Promise<void> | undefined;
  #isStopped = false;
  readonly #intervalMs: number;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #lastRecords = 0;
  readonly #isBehind: () => boolean;
  #pause: NodeJS.Timeout | undefined;

  constructor(
    log: StateLog,
    listener: CommitListener,
    signal: AbortSignal,
    intervalMs = 0,
    isBehind: () => boolean = () => false,
  ) {
    this.#log = log;
    this.#listener = listener;
    this.#signal = signal;
    this.#intervalMs = intervalMs;
    this.#isBehind = isBehind;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#underWay === undefined;
  }

  add(outcome: Outcome): void {
    if (this.#isStopped) return;
    this.#waiting.push(outcome);
    this.#next();
  }

  /** Keeps what waits of a partition, and what comes, until it is released or dropped. */
  hold(partition: number): void {
    this.#held.add(partition);
  }

  /** Goes on with a held partition: nothing happened to its log, so that its work counts under this assignment too. */
  release(partition: number, assignment: Assignment): void {
    this.#held.delete(partition);
    this.#waiting = this.#waiting.map((outcome) => {
      const { changes } = outcome;
      return changes.partition === partition ? { ...outcome, changes: { ...changes, assignment } } : outcome;
    });
    this.#next();
  }

  drop(partition: number): void {
    this.#held.delete(partition);
    this.#waiting = this.#waiting.filter(({ changes }) => changes.partition !== partition);
  }

  /** Commits nothing more: the process ends, and what waits is judged again at its next start. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
    clearTimeout(this.#pause);
  }

  /** Resolves when the transaction under way, if any, has ended one way or the other. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  #next(): void {
    if (this.#underWay !== undefined || this.#isPausing()) return;
    const taken = this.#take();
    if (taken.length === 0) return;
    this.#lastStartMs = performance.now();
    this.#lastRecords = recordsOf(taken);
    this.#underWay = this.#commit(taken).finally(() => {
      this.#underWay = undefined;
      this.#next();
      if (this.isIdle) this.#listener.idle();
    });
  }

  /** True when the next transaction is to gather a little more; then it begins by itself. */
  #isPausing(): boolean {
    const intervalMs = this.#isBehind() ? this.#intervalMs * BEHIND_FACTOR : this.#intervalMs;
    const restMs = this.#lastStartMs + intervalMs - performance.now();
    if (restMs <= 0 || this.#lastRecords < LOAD_RECORDS || recordsOf(this.#waiting) >= AMPLE_RECORDS) {
      clearTimeout(this.#pause);
      this.#pause = undefined;
      return false;
    }
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.#lastRecords = 0;
      this.#next();
    }, restMs);
    return true;
  }

  async #commit(taken: readonly Outcome[]): Promise<void> {
    try {
      await this.#log.commit(
        taken.map((outcome) => outcome.changes),
        this.#signal,
      );
    } catch (thrown) {
      this.#fail(TollgateError.from(thrown, 'commit_failed'));
      return;
    }
    try {
      this.#listener.committed(taken);
    } catch (thrown) {
      this.#fail(TollgateError.from(thrown));
    }
  }

  #fail(error: TollgateError): void {
    if (error.retryable) this.#waiting = [];
    else this.stop();
    this.#listener.failed(error);
  }

  #take(): Outcome[] {
    const taken: Outcome[] = [];
    const left: Outcome[] = [];
    let bytes = 0;
    let isFull = false;
    for (const outcome of this.#waiting) {
      const isHeld = this.#held.has(outcome.changes.partition);
      if (!isHeld) isFull ||= taken.length > 0 && bytes + outcome.outputBytes > MAX_COMMIT_BYTES;
      if (isHeld || isFull) {
        left.push(outcome);
        continue;
      }
      bytes += outcome.outputBytes;
      taken.push(outcome);
    }
    this.#waiting = left;
    return taken;
  }
}

function recordsOf(outcomes: readonly Outcome[]): number {
  let records = 0;
  for (const { changes } of outcomes) records += changes.sources.length;
  return records;
}
