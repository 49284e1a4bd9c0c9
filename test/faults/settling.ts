import { setTimeout as delay } from 'node:timers/promises';
import type { Load, Progress } from './stage.ts';

/** As far as a run's progress is taken from a watcher. */
export interface Settled {
  readonly settled: number;
}

/** What a wait depends on. */
export interface SettlingOptions {
  readonly watcher: Settled;
  readonly load: Load;
  readonly records: number;
  /** Why nothing will move any more, when nothing can. */
  readonly hopeless: () => string | undefined;
  readonly signal: AbortSignal;
}

const LOOK_MS = 100;
/** Longer than any fault lasts: brokers that are gone for a minute, and the abandoned transactions of others. */
const STANDSTILL_MS = 150_000;

/** Progress that ends: whoever waits for more than there will be waits for all; who waits where nothing moves is told. */
export class Settling implements Progress {
  readonly #options: SettlingOptions;
  #all: number;

  constructor(options: SettlingOptions) {
    this.#options = options;
    this.#all = options.records;
    options.load.done.then(
      (count) => {
        this.#all = count;
      },
      () => undefined,
    );
  }

  settled(): number {
    return this.#options.watcher.settled;
  }

  async until(settled: number): Promise<void> {
    const { signal, hopeless } = this.#options;
    let seen = -1;
    let movedAtMs = Date.now();
    while (this.settled() < Math.min(settled, this.#all)) {
      if (this.settled() !== seen) {
        seen = this.settled();
        movedAtMs = Date.now();
      }
      const why = Date.now() - movedAtMs > STANDSTILL_MS ? `nothing moves for ${STANDSTILL_MS / 1000} s` : hopeless();
      if (why !== undefined) throw new Error(`${seen} of ${this.#all} records are settled: ${why}`);
      await delay(LOOK_MS, undefined, { signal });
    }
  }

  more(settled: number): Promise<void> {
    return this.until(this.settled() + settled);
  }
}
