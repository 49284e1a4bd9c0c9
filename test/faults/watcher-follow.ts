import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { KcatFrames, kcatFormat, kcatPlaceFormat } from '../kafka/outside/kcat-frames.ts';
import type { OutsideRecord } from '../kafka/outside/outside-record.ts';
import { isInstalled } from '../kafka/outside/run-program.ts';

/** How a topic is followed. */
export interface FollowOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  /** Only where records lie, not what is in them. */
  readonly placesOnly: boolean;
  /** Each record of the topic once, those of a partition in order. What it throws ends the process: it is our own fault. */
  onRecord(record: OutsideRecord): void;
}

/** A topic that is being followed, until it is closed. */
export interface Following {
  /** How often the reader had to be started again. */
  readonly restarts: number;
  /** What the reader said when it last ended. */
  readonly lastWords: string;
  close(): Promise<void>;
}

const BOUNDARY_BYTES = 16;
/** A reader that ends (its broker is gone, the topic too) is started again after so long. */
const AGAIN_MS = 300;
const MOST_WORDS = 500;
const RULES = [
  'isolation.level=read_committed',
  'check.crcs=true',
  'auto.offset.reset=earliest',
  'reconnect.backoff.max.ms=500',
  'topic.metadata.refresh.interval.ms=5000',
  'fetch.error.backoff.ms=100',
];

/** Follows a topic with kcat, in `read_committed`, through everything that may happen to the brokers. */
export function follow(options: FollowOptions): Following {
  return new KcatFollowing(options);
}

/** Invariant: of a partition nothing below `next` is handed on. */
class KcatFollowing implements Following {
  restarts = 0;
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
    while (!this.#closing.signal.aborted) {
      await this.#readOnce();
      if (this.#closing.signal.aborted) return;
      this.restarts++;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  /** kcat takes one offset for all partitions: the lowest, and what was seen beyond it is left out. */
  async #readOnce(): Promise<void> {
    const { brokers, topic, placesOnly } = this.#options;
    const boundary = randomBytes(BOUNDARY_BYTES).toString('hex');
    const format = placesOnly ? kcatPlaceFormat(boundary) : kcatFormat(boundary);
    const options = RULES.flatMap((rule) => ['-X', rule]);
    const from = String(Math.min(...this.#next));
    const args = ['-b', brokers.join(','), '-C', '-t', topic, '-o', from, '-q', ...options, '-f', format];
    const child = spawnFlushing(args);
    this.#child = child;
    const frames = new KcatFrames(boundary, (record) => this.#take(record));
    child.stdout?.on('data', (chunk: Buffer) => frames.push(chunk));
    let words = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      words = (words + String(chunk)).slice(-MOST_WORDS);
    });
    const [code] = (await once(child, 'close')) as readonly unknown[];
    this.lastWords = `kcat ended with ${code}: ${words}`;
  }

  #take(record: OutsideRecord): void {
    if (this.#closing.signal.aborted || record.offset < (this.#next[record.partition] ?? 0)) return;
    this.#next[record.partition] = record.offset + 1;
    this.#options.onRecord(record);
  }
}

/** kcat keeps the last kilobytes to itself until more come, unless it writes line by line, or (slower) piece by piece. */
function spawnFlushing(args: readonly string[]): ChildProcess {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  return hasStdbuf() ? spawn('stdbuf', ['-oL', 'kcat', ...args], { stdio }) : spawn('kcat', ['-u', ...args], { stdio });
}

let knownStdbuf: boolean | undefined;

function hasStdbuf(): boolean {
  knownStdbuf ??= isInstalled('stdbuf', '--version');
  return knownStdbuf;
}
