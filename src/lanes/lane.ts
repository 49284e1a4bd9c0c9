import { Piscina } from 'piscina';
import { TollgateError } from '../domain/errors.ts';
import type { RawRecord } from '../domain/record.ts';
import type { LoadedPolicy } from '../registry/loaded-policy.ts';
import { type Batch, type BatchLimits, type Dossier, type LaneWork, packBatch, takeWork } from './batch.ts';
import type { JudgeResult, LaneTask, SegmentResult, WorkerSetup } from './messages.ts';
import { createProgress, readProgress, type Turn } from './progress.ts';
import { type Timers, Watchdog } from './watchdog.ts';

const WORKER = new URL('./worker.js', import.meta.url).href;
/** Deaths in a row, without a batch judged in between, after which the lane is given up. */
const MAX_DEATHS = 20;

/** A segment's result with the records it came from. */
export interface JudgedSegment {
  readonly result: SegmentResult;
  readonly records: readonly RawRecord[];
}

/** What a worker was at when it died; `record` is absent when it was judging none. */
export interface LaneDeath {
  readonly lane: number;
  /** `stuck`: the watchdog killed it after `limitMs`. `died`: it went by itself. */
  readonly cause:
    | { readonly kind: 'stuck'; readonly limitMs: number }
    | { readonly kind: 'died'; readonly error: Error };
  readonly culprit?: { readonly partition: number; readonly record: RawRecord; readonly policy: number };
}

/** What a lane reports. `died`: everything queued or being judged is gone, and so is its partitions' state. */
export interface LaneListener {
  judged(segments: readonly JudgedSegment[]): void;
  died(death: LaneDeath): void;
  /** The lane cannot go on: its worker dies again and again. */
  failed(error: TollgateError): void;
}

export interface LaneOptions {
  readonly index: number;
  readonly setup: Omit<WorkerSetup, 'progress'>;
  readonly limits: BatchLimits;
  readonly dossier: Dossier;
  readonly listener: LaneListener;
  readonly nowMs: () => number;
  /** The worker's file; tests of lanes point it at the built one. */
  readonly worker?: string | undefined;
  /** The watchdog's timers, where they are not the process's own. */
  readonly timers?: Timers | undefined;
}

interface Control {
  readonly task: LaneTask;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One worker thread and the queue before it.
 *
 * 1. At most one task is with the pool at any time, so the pool never queues (it would reorder what it queues).
 * 2. Control tasks (restore, drop) go before queued records; records of a partition keep their order.
 * 3. When the worker dies, or the watchdog ends it, the queue and the control tasks are emptied and `died` is called once: what was in hand is
 *    judged anew from the last commit, under a new epoch. A new pool takes the old one's place, with progress memory of
 *    its own, so that nothing a dying thread still writes is taken for the new one's.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #watchdog: Watchdog;
  #worker: LaneThread;
  readonly #control: Control[] = [];
  #queue: LaneWork[] = [];
  #busy = false;
  #closed = false;
  #deaths = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog(
      options.setup.policies.map((policy) => policy.head.limits.timeoutMs),
      options.timers,
    );
    this.#worker = startWorker(options);
  }

  /** True when a batch as large as they get would not empty the queue. */
  get isBehind(): boolean {
    let records = 0;
    for (const work of this.#queue) records += work.records.length;
    return records > this.#options.limits.batchEvents;
  }

  /** Queues records; what comes of them arrives at the listener. */
  enqueue(work: LaneWork): void {
    this.#queue.push(work);
    this.#pump();
  }

  /** Drops what is queued of a partition. What is being judged comes back under its old epoch. */
  purge(partition: number): void {
    this.#queue = this.#queue.filter((work) => work.partition !== partition);
  }

  /** Runs a control task after the one in hand. Rejects with `lane_failed` when the worker dies over it. */
  control(task: LaneTask): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closedError());
    return new Promise((resolve, reject) => {
      this.#control.push({ task, resolve, reject });
      this.#pump();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#queue = [];
    for (const waiting of this.#control.splice(0)) waiting.reject(this.#closedError());
    await this.#worker.end();
  }

  #closedError(): TollgateError {
    return new TollgateError('aborted', `lane ${this.#options.index} was closed`);
  }

  #pump(): void {
    if (this.#busy || this.#closed) return;
    const control = this.#control.shift();
    if (control !== undefined) {
      this.#run(control.task, []).then(() => control.resolve(), control.reject);
      return;
    }
    const work = takeWork(this.#queue, this.#limits());
    if (work.length > 0) this.#judge(work);
  }

  /** After a death records go one by one, so that what is harmless is committed between one culprit and the next. */
  #limits(): BatchLimits {
    return this.#deaths === 0 ? this.#options.limits : { ...this.#options.limits, batchEvents: 1 };
  }

  #judge(work: readonly LaneWork[]): void {
    const batch: Batch = packBatch(work, this.#options.dossier, this.#options.nowMs());
    this.#run(batch.task, work, [batch.task.buffer])
      .then(
        (result) => this.#report(result as JudgeResult, work),
        () => undefined,
      )
      .catch((thrown: unknown) => this.#options.listener.failed(TollgateError.from(thrown)));
  }

  #report(result: JudgeResult, work: readonly LaneWork[]): void {
    const segments = result.segments.map((segment, i) => ({
      result: segment,
      records: (work[i] as LaneWork).records,
    }));
    this.#options.listener.judged(segments);
  }

  /** Runs one task under the watchdog. When it fails, other than at the start, the lane has died: the listener knows. */
  async #run(task: LaneTask, work: readonly LaneWork[], transferList: ArrayBuffer[] = []): Promise<unknown> {
    this.#busy = true;
    const { pool, progress, end } = this.#worker;
    let stuck: { turn: Turn; limitMs: number } | undefined;
    const watch = this.#watchdog.watch(progress, (turn, limitMs) => {
      stuck = { turn, limitMs };
      void end();
    });
    try {
      const result = await pool.run(task, { transferList });
      if (task.kind === 'judge') this.#deaths = 0;
      return result;
    } catch (thrown) {
      const turn = stuck?.turn ?? readProgress(progress);
      if (task.kind === 'ready') throw loadFailure(thrown, this.#options.setup.policies[turn.policy], stuck?.limitMs);
      throw this.#die(thrown, stuck?.limitMs, culpritOf(turn, work));
    } finally {
      watch.stop();
      this.#busy = false;
      queueMicrotask(() => this.#pump());
    }
  }

  #die(thrown: unknown, limitMs: number | undefined, culprit: LaneDeath['culprit']): TollgateError {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const failure = new TollgateError('lane_failed', `worker of lane ${this.#options.index} died: ${error.message}`, {
      retryable: true,
      cause: error,
    });
    for (const waiting of this.#control.splice(0)) waiting.reject(failure);
    if (this.#closed) return failure;
    void this.#worker.end();
    this.#worker = startWorker(this.#options);
    this.#queue = [];
    this.#deaths++;
    const cause = limitMs === undefined ? ({ kind: 'died', error } as const) : ({ kind: 'stuck', limitMs } as const);
    const { listener, index: lane } = this.#options;
    if (this.#deaths >= MAX_DEATHS) listener.failed(failure);
    else listener.died({ lane, cause, ...(culprit === undefined ? undefined : { culprit }) });
    return failure;
  }
}

/** A pool of one thread, and the memory by which it is watched. */
interface LaneThread {
  readonly pool: Piscina;
  readonly progress: SharedArrayBuffer;
  /** Ends the thread, whatever it is at. Once: a pool destroyed twice at a time starts its thread again (5.3.2). */
  end(): Promise<void>;
}

function startWorker(options: LaneOptions): LaneThread {
  const progress = createProgress();
  const pool = new Piscina({
    filename: options.worker ?? WORKER,
    name: 'run',
    workerData: { ...options.setup, progress } satisfies WorkerSetup,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    recordTiming: false,
  });
  // A worker that dies idle takes its partitions' state with it: the next task finds that out, and is a death then.
  pool.on('error', () => undefined);
  let ended: Promise<void> | undefined;
  const end = () => {
    ended ??= pool.destroy();
    return ended;
  };
  return { pool, progress, end };
}

/** A policy that cannot be built, or whose module never comes back from being started. */
function loadFailure(thrown: unknown, policy: LoadedPolicy | undefined, limitMs: number | undefined): TollgateError {
  const problem = limitMs === undefined ? TollgateError.from(thrown).message : `it did not load within ${limitMs} ms`;
  const name = policy === undefined ? 'the policies' : `policy ${policy.head.name}`;
  return new TollgateError('policy_invalid', `${name} cannot be loaded: ${problem}`, {
    next: 'look at its module with `tollgate policy inspect`',
    cause: thrown,
  });
}

/** Finds the record that the worker was at, by its index over the batch. */
function culpritOf(turn: Turn, work: readonly LaneWork[]): LaneDeath['culprit'] {
  let first = 0;
  for (const { partition, records } of work) {
    const record = records[turn.record - first];
    if (record !== undefined) return { partition, record, policy: turn.policy };
    first += records.length;
  }
  return undefined;
}
