import type { FetchedPartition } from './mends/fetch.ts';

/**
 * Where one topic's partition is read.
 *
 * 1. `next` is the offset to fetch: behind everything that was delivered.
 * 2. `turn` changes with each start: what was fetched for an earlier one is thrown away.
 * 3. While it is paused nothing is delivered; what arrives then is held, one response at most.
 */
export class Feed {
  readonly topic: string;
  readonly partition: number;
  turn = 0;
  next = 0;
  isStarted = false;
  isPaused = false;
  held: FetchedPartition | undefined;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  start(offset: number): void {
    this.turn++;
    this.next = offset;
    this.held = undefined;
    this.isStarted = true;
  }

  stop(): void {
    this.turn++;
    this.held = undefined;
    this.isStarted = false;
  }

  /** True when a fetch would bring something that can be taken. */
  get isWanting(): boolean {
    return this.isStarted && !this.isPaused && this.held === undefined;
  }
}
