import { TollgateError } from '../domain/errors.ts';
import type { Outcome } from './outcome.ts';
import type { StateLog } from './ports.ts';

/** Most output bytes in one transaction; a single entry may be larger. */
const MAX_COMMIT_BYTES = 32 * 1024 * 1024;

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
 */
export class Committer {
  readonly #log: StateLog;
  readonly #listener: CommitListener;
  readonly #signal: AbortSignal;
  #waiting: Outcome[] = [];
  #underWay: Promise<void> | undefined;
  #isStopped = false;

  constructor(log: StateLog, listener: CommitListener, signal: AbortSignal) {
    this.#log = log;
    this.#listener = listener;
    this.#signal = signal;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#underWay === undefined;
  }

  add(outcome: Outcome): void {
    if (this.#isStopped) return;
    this.#waiting.push(outcome);
    this.#next();
  }

  drop(partition: number): void {
    this.#waiting = this.#waiting.filter(({ changes }) => changes.partition !== partition);
  }

  /** Commits nothing more: the process ends, and what waits is judged again at its next start. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
  }

  /** Resolves when the transaction under way, if any, has ended one way or the other. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  #next(): void {
    if (this.#underWay !== undefined || this.#waiting.length === 0) return;
    const taken = this.#take();
    this.#underWay = this.#commit(taken).finally(() => {
      this.#underWay = undefined;
      this.#next();
      if (this.isIdle) this.#listener.idle();
    });
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
    let bytes = 0;
    let count = 0;
    for (const { outputBytes } of this.#waiting) {
      bytes += outputBytes;
      if (count > 0 && bytes > MAX_COMMIT_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
