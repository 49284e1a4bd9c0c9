import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutsideRecord } from '../kafka/outside/outside-record.ts';
import { followOnce } from './watcher-programs.ts';

/** How a topic is followed. */
export interface FollowOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  /** Only where records lie, not what is in them. */
  readonly placesOnly: boolean;
  /** Each record of the topic once, those of a partition in order. */
  onRecord(record: OutsideRecord): void;
}

/** A reader that ends (its broker is gone, the topic too) is started again after so long. */
const AGAIN_MS = 300;
const MOST_WORDS = 500;

/**
 * Follows a topic with a program that is not ours, in `read_committed`, through everything that may happen to the brokers.
 * Invariant: of a partition nothing below `next` is handed on.
 */
export class Following {
  /** How often the reader had to be started again. */
  restarts = 0;
  /** What it said when it last ended. */
  lastWords = '';
  readonly #options: FollowOptions;
  readonly #next: number[];
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #child: ChildProcess | undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#next = Array.from({ length: options.partitions }, () => 0);
    this.#ended = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#readOnce();
      if (signal.aborted) return;
      this.restarts++;
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Readers take one offset for all partitions: the lowest, and what was seen beyond it is left out. */
  async #readOnce(): Promise<void> {
    const child = followOnce(this.#options, Math.min(...this.#next), (record) => this.#take(record));
    this.#child = child;
    let words = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      words = (words + String(chunk)).slice(-MOST_WORDS);
    });
    this.lastWords = await new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code) => resolve(`it ended with ${code}: ${words}`));
    });
  }

  #take(record: OutsideRecord): void {
    if (this.#closing.signal.aborted || record.offset < (this.#next[record.partition] ?? 0)) return;
    this.#next[record.partition] = record.offset + 1;
    this.#options.onRecord(record);
  }
}
