import { NO_RECORD, readProgress, type Turn, threadOf } from './progress.ts';
import { threadTimeMs } from './thread-time.ts';

/** Longest that Tollgate's own code may take over one record, or over closing a batch, before its worker is replaced. */
const HOST_TIMEOUT_MS = 10_000;
/** How much longer a worker gets that is given no CPU: then it is replaced even so. */
const STARVED_MS = 10_000;
const POLLS_PER_TIMEOUT = 4;
const MAX_POLL_MS = 100;
const MIN_POLL_MS = 5;

/** Timers, so that tests hold the time. */
export interface Timers {
  every(ms: number, call: () => void): { stop(): void };
  nowMs(): number;
  /** CPU time of one of the process's threads so far, milliseconds; undefined where the system does not tell. */
  threadMs(thread: number): number | undefined;
}

/** The process's own timers; they do not keep the process alive. */
const systemTimers: Timers = {
  every(ms, call) {
    const timer = setInterval(call, ms).unref();
    return { stop: () => clearInterval(timer) };
  },
  nowMs: () => performance.now(),
  threadMs: threadTimeMs,
};

/**
 * Watches workers while they are at a task, by their progress memory.
 *
 * 1. Time counts against a turn only while it is seen not to change. A poll that comes late (this thread, or the whole
 *    machine, stood still) counts as two polls' time at most: a stalled machine is no policy's fault.
 * 2. Where the thread's CPU time is known, that must be used up too: a worker that the machine does not run is no policy's
 *    fault either, for STARVED_MS.
 * 3. It fires at most once a watch, with the turn that never ended.
 */
export class Watchdog {
  readonly #timeoutsMs: readonly number[];
  readonly #timers: Timers;
  readonly #pollMs: number;

  /** `timeoutsMs` are the policies' time limits, by index. */
  constructor(timeoutsMs: readonly number[], timers: Timers = systemTimers) {
    this.#timeoutsMs = timeoutsMs;
    this.#timers = timers;
    const shortest = Math.min(HOST_TIMEOUT_MS, ...timeoutsMs);
    this.#pollMs = Math.max(MIN_POLL_MS, Math.min(MAX_POLL_MS, Math.floor(shortest / POLLS_PER_TIMEOUT)));
  }

  /** Calls `onStuck` once when a turn outlasts its limit; `stop` ends the watch. */
  watch(progress: SharedArrayBuffer, onStuck: (turn: Turn, limitMs: number) => void): { stop(): void } {
    let last = readProgress(progress);
    let lastPollMs = this.#timers.nowMs();
    let stuckMs = 0;
    let busyFromMs: number | undefined;
    const timer = this.#timers.every(this.#pollMs, () => {
      const nowMs = this.#timers.nowMs();
      const passedMs = Math.min(nowMs - lastPollMs, 2 * this.#pollMs);
      lastPollMs = nowMs;
      const turn = readProgress(progress);
      const isSame = turn.turn === last.turn;
      stuckMs = isSame ? stuckMs + passedMs : 0;
      last = turn;
      const busyMs = isSame ? this.#busyMs(progress) : undefined;
      busyFromMs = isSame ? (busyFromMs ?? busyMs) : undefined;
      const limitMs = this.#limitOf(turn);
      if (stuckMs < limitMs || this.#isStarved(busyFromMs, busyMs, stuckMs, limitMs)) return;
      timer.stop();
      onStuck(turn, limitMs);
    });
    return timer;
  }

  #busyMs(progress: SharedArrayBuffer): number | undefined {
    const thread = threadOf(progress);
    return thread === undefined ? undefined : this.#timers.threadMs(thread);
  }

  /** The first reading comes up to two polls after the turn's begin: so much of its CPU time is not seen. */
  #isStarved(fromMs: number | undefined, busyMs: number | undefined, stuckMs: number, limitMs: number): boolean {
    if (fromMs === undefined || busyMs === undefined) return false;
    return busyMs - fromMs < limitMs - 2 * this.#pollMs && stuckMs < limitMs + STARVED_MS;
  }

  #limitOf(turn: Turn): number {
    const limit = turn.policy >= 0 && turn.record !== NO_RECORD ? this.#timeoutsMs[turn.policy] : undefined;
    return limit ?? HOST_TIMEOUT_MS;
  }
}
