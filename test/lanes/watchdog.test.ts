import { describe, expect, it } from 'vitest';
import {
  createProgress,
  HOST_CODE,
  NO_RECORD,
  ProgressWriter,
  readProgress,
  type Turn,
} from '../../src/lanes/progress.ts';
import { ownThread, threadTimeMs } from '../../src/lanes/thread-time.ts';
import { type Timers, Watchdog } from '../../src/lanes/watchdog.ts';

/** Time in the test's hand: polls come when it moves, and late when it jumps. */
class Clock implements Timers {
  #nowMs = 0;
  #running: { readonly everyMs: number; nextMs: number; readonly call: () => void } | undefined;

  every(ms: number, call: () => void): { stop(): void } {
    this.#running = { everyMs: ms, nextMs: this.#nowMs + ms, call };
    return {
      stop: () => {
        this.#running = undefined;
      },
    };
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** The share of the time that passes in which the machine runs the worker; undefined: the system does not tell. */
  cpuShare: number | undefined;

  threadMs(): number | undefined {
    return this.cpuShare === undefined ? undefined : this.#nowMs * this.cpuShare;
  }

  get isStopped(): boolean {
    return this.#running === undefined;
  }

  /** Lets the time pass with every poll on time. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (this.#running !== undefined && this.#running.nextMs <= endMs) {
      this.#nowMs = this.#running.nextMs;
      this.#running.nextMs += this.#running.everyMs;
      this.#running.call();
    }
    this.#nowMs = endMs;
  }

  /** Stands still for that long: the polls that were due come as one, late. */
  jump(ms: number): void {
    this.#nowMs += ms;
    if (this.#running === undefined) return;
    this.#running.nextMs = this.#nowMs + this.#running.everyMs;
    this.#running.call();
  }
}

interface Watched {
  readonly clock: Clock;
  readonly worker: ProgressWriter;
  readonly stuck: { readonly turn: Turn; readonly limitMs: number }[];
  readonly watch: { stop(): void };
}

function watching(timeoutsMs: readonly number[]): Watched {
  const clock = new Clock();
  const progress = createProgress();
  const stuck: { turn: Turn; limitMs: number }[] = [];
  const watchdog = new Watchdog(timeoutsMs, clock);
  const watch = watchdog.watch(progress, (turn, limitMs) => stuck.push({ turn, limitMs }));
  return { clock, worker: new ProgressWriter(progress), stuck, watch };
}

describe('a watched worker', () => {
  it('that outlasts its policy’s limit is reported, with the record and the policy', () => {
    const { clock, worker, stuck } = watching([100, 400]);
    worker.enter(7, 1);
    clock.pass(400);
    expect(stuck).toEqual([]);
    clock.pass(100);
    expect(stuck).toMatchObject([{ limitMs: 400, turn: { record: 7, policy: 1 } }]);
  });

  it('is reported once', () => {
    const { clock, worker, stuck } = watching([100]);
    worker.enter(0, 0);
    clock.pass(10_000);
    expect(stuck).toHaveLength(1);
    expect(clock.isStopped).toBe(true);
  });

  it('that goes on in time is left alone, however long it all takes', () => {
    const { clock, worker, stuck } = watching([100]);
    for (let record = 0; record < 1000; record++) {
      worker.enter(record, 0);
      clock.pass(90);
    }
    expect(stuck).toEqual([]);
  });

  it('that comes back to the same record and policy has begun a new turn', () => {
    const { clock, worker, stuck } = watching([100]);
    for (let batch = 0; batch < 50; batch++) {
      worker.enter(0, 0);
      clock.pass(80);
    }
    expect(stuck).toEqual([]);
  });

  it.each([
    ['in Tollgate’s own code', 3, HOST_CODE],
    ['building a policy', NO_RECORD, 0],
    ['at a policy that nobody set a limit for', 3, 9],
  ])('has ten seconds when it is %s', (_, record, policy) => {
    const { clock, worker, stuck } = watching([100]);
    worker.enter(record, policy);
    clock.pass(9_900);
    expect(stuck).toEqual([]);
    clock.pass(300);
    expect(stuck).toMatchObject([{ limitMs: 10_000 }]);
  });

  it('that has not begun yet has ten seconds', () => {
    const { clock, stuck } = watching([100]);
    clock.pass(10_200);
    expect(stuck).toMatchObject([{ limitMs: 10_000, turn: { record: NO_RECORD, policy: HOST_CODE } }]);
  });

  it('is not blamed for a machine that stood still', () => {
    const { clock, worker, stuck } = watching([100]);
    worker.enter(0, 0);
    clock.pass(25);
    clock.jump(60_000);
    expect(stuck).toEqual([]);
    worker.enter(1, 0);
    clock.pass(75);
    expect(stuck).toEqual([]);
  });

  it('is reported all the same when it stays stuck after that', () => {
    const { clock, worker, stuck } = watching([100]);
    worker.enter(0, 0);
    clock.jump(60_000);
    clock.pass(200);
    expect(stuck).toHaveLength(1);
  });

  it.each([
    {
      name: 'that the machine runs a tenth of the time has several times as long',
      cpuShare: 0.1,
      before: 450,
      after: 150,
    },
    { name: 'that the machine does not run has ten seconds more', cpuShare: 0, before: 10_000, after: 300 },
    { name: 'that the machine runs all the time has its limit', cpuShare: 1, before: 75, after: 50 },
  ])('$name', ({ cpuShare, before, after }) => {
    const { clock, worker, stuck } = watching([100]);
    clock.cpuShare = cpuShare;
    worker.thread(77);
    worker.enter(0, 0);
    clock.pass(before);
    expect(stuck).toEqual([]);
    clock.pass(after);
    expect(stuck).toMatchObject([{ limitMs: 100 }]);
  });

  it('that nobody knows the thread of is watched by the clock alone', () => {
    const { clock, worker, stuck } = watching([100]);
    clock.cpuShare = 0;
    worker.enter(0, 0);
    clock.pass(200);
    expect(stuck).toHaveLength(1);
  });

  it('is nobody’s business once the watch was stopped', () => {
    const { clock, worker, stuck, watch } = watching([100]);
    worker.enter(0, 0);
    watch.stop();
    clock.pass(60_000);
    expect(stuck).toEqual([]);
  });
});

describe('the time of a thread', () => {
  it.skipIf(process.platform !== 'linux')(
    'grows with what it does, and is not known of threads that are not there',
    () => {
      const thread = ownThread();
      if (thread === undefined) throw new Error('no thread');
      const before = threadTimeMs(thread) ?? Number.NaN;
      let spun = 0;
      while ((threadTimeMs(thread) ?? Number.NaN) <= before && spun < 1e7) spun++;
      expect(threadTimeMs(thread)).toBeGreaterThan(before);
      expect(threadTimeMs(2 ** 30)).toBeUndefined();
    },
  );
});

describe('progress', () => {
  it('names what the worker is at, and changes with every turn', () => {
    const memory = createProgress();
    const first = readProgress(memory);
    expect(first).toMatchObject({ record: NO_RECORD, policy: HOST_CODE });
    const writer = new ProgressWriter(memory);
    writer.enter(4, 2);
    const second = readProgress(memory);
    expect(second).toMatchObject({ record: 4, policy: 2 });
    writer.enter(4, 2);
    expect(new Set([first, second, readProgress(memory)].map(({ turn }) => turn)).size).toBe(3);
  });
});
