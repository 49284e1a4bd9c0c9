import { describe, expect, it } from 'vitest';
import { EMPTY_CHAIN } from '../../src/domain/decision.ts';
import type { JudgedSegment, LaneDeath } from '../../src/lanes/lane.ts';
import { Lanes } from '../../src/lanes/lanes.ts';
import type { Timers } from '../../src/lanes/watchdog.ts';
import { BUILT_WORKER, DYING_WORKER, LOOPING_POLICIES, recordsOf, setupOf, toolCall } from './given.ts';

/** Time runs twenty times as fast for the watchdog, so that no test waits for ten seconds to pass. */
const FAST: Timers = {
  every(ms, call) {
    const timer = setInterval(call, Math.max(1, ms / 20));
    return { stop: () => clearInterval(timer) };
  },
  nowMs: () => performance.now() * 20,
  threadMs: () => undefined,
};

const QUIET = { notices: () => [], charges: () => [], hasTrouble: () => false };

/** One lane whose reports are kept, and threads that it started. */
async function aLane(yaml: string, { worker = BUILT_WORKER, timers }: { worker?: string; timers?: Timers } = {}) {
  const judged: JudgedSegment[] = [];
  const deaths: LaneDeath[] = [];
  const failures: Error[] = [];
  let report: () => void = () => undefined;
  const lanes = new Lanes(1, {
    setup: await setupOf(yaml, { partitions: 1 }),
    limits: { batchEvents: 100, batchBytes: 1 << 20 },
    dossier: QUIET,
    listener: {
      judged: (segments) => {
        judged.push(...segments);
        report();
      },
      died: (death) => {
        deaths.push(death);
        report();
      },
      failed: (error) => {
        failures.push(error);
        report();
      },
    },
    nowMs: () => 0,
    worker,
    timers,
  });
  const reported = () =>
    new Promise<void>((resolve) => {
      report = resolve;
    });
  const restore = (epoch: number) =>
    lanes.restore({ partition: 0, epoch, sessions: [], chain: EMPTY_CHAIN, clockMs: 0 }, () => true);
  return { lanes, judged, deaths, failures, reported, restore };
}

/** Threads of this process that have begun and not ended. */
function countThreads() {
  let alive = 0;
  process.on('worker', (worker) => {
    alive++;
    worker.on('exit', () => {
      alive--;
    });
  });
  return () => alive;
}

const commands = (...texts: readonly string[]) => recordsOf(texts.map((command, n) => toolCall('a', n, { command })));

describe('a lane', () => {
  it('names the policy that cannot be loaded, and why', async () => {
    const { lanes, deaths } = await aLane('policies: [{ name: needy, opa: { wasm: ./needy.wasm } }]');
    await expect(lanes.ready()).rejects.toThrow(/^policy needy cannot be loaded: .*http\.send/);
    expect(deaths).toEqual([]);
    await lanes.close();
  });

  it('names the policy whose module never comes back from being started, and ends its thread', async () => {
    const threads = countThreads();
    const yaml = 'policies: [{ name: egress, inspector: egress }, { name: spin, opa: { wasm: ./spin.wasm } }]';
    const { lanes } = await aLane(yaml, { timers: FAST });
    await expect(lanes.ready()).rejects.toThrow(/^policy spin cannot be loaded: it did not load within \d+ ms/);
    await lanes.close();
    expect(threads()).toBe(0);
  });

  it('reports which record and policy a worker was killed over, and works on with another thread', async () => {
    const threads = countThreads();
    const lane = await aLane(LOOPING_POLICIES);
    await lane.restore(1);
    const died = lane.reported();
    lane.lanes.enqueue({ partition: 0, epoch: 1, records: commands('ls', 'LOOP', 'ls') });
    await died;
    const [death] = lane.deaths;
    expect([death?.cause.kind, death?.culprit?.record.offset, death?.culprit?.policy]).toEqual(['stuck', 1, 1]);
    await lane.restore(2);
    const judged = lane.reported();
    lane.lanes.enqueue({ partition: 0, epoch: 2, records: commands('ls') });
    await judged;
    expect(lane.judged.map(({ result }) => [result.epoch, result.counts.effects.allow])).toEqual([[2, 1]]);
    await lane.lanes.close();
    expect(threads()).toBe(0);
  });

  it('drops what was queued behind a death: it belongs to an epoch that is over', async () => {
    const lane = await aLane(LOOPING_POLICIES);
    await lane.restore(1);
    const died = lane.reported();
    lane.lanes.enqueue({ partition: 0, epoch: 1, records: commands('LOOP') });
    lane.lanes.enqueue({ partition: 0, epoch: 1, records: commands('ls') });
    await died;
    await lane.restore(2);
    expect(lane.judged).toEqual([]);
    await lane.lanes.close();
  });

  it('rejects control tasks that waited behind a death', async () => {
    const lane = await aLane(LOOPING_POLICIES);
    await lane.restore(1);
    lane.lanes.enqueue({ partition: 0, epoch: 1, records: commands('LOOP') });
    await expect(lane.restore(2)).rejects.toMatchObject({ code: 'lane_failed' });
    await lane.lanes.close();
  });

  it('treats work of an older epoch as a fault: it never reaches the outputs', async () => {
    const lane = await aLane(LOOPING_POLICIES);
    await lane.restore(2);
    const died = lane.reported();
    lane.lanes.enqueue({ partition: 0, epoch: 1, records: commands('ls') });
    await died;
    expect(lane.deaths.map(({ cause }) => cause.kind)).toEqual(['died']);
    expect(lane.judged).toEqual([]);
    await lane.lanes.close();
  });

  it('gives up when workers die again and again with nothing judged between', async () => {
    const lane = await aLane(LOOPING_POLICIES, { worker: DYING_WORKER });
    for (let epoch = 1; lane.failures.length === 0; epoch++) {
      await lane.restore(epoch);
      const died = lane.reported();
      lane.lanes.enqueue({ partition: 0, epoch, records: commands('DIE') });
      await died;
      expect(epoch).toBeLessThan(30);
    }
    expect(lane.failures.map((error) => error.message)).toEqual([expect.stringContaining('worker of lane 0 died')]);
    expect(lane.deaths.every(({ culprit }) => culprit?.record.offset === 0)).toBe(true);
    await lane.lanes.close();
  });

  it('keeps the order of a partition, however its records are queued', async () => {
    const lane = await aLane('policies: [{ name: repetition, inspector: repetition }]');
    await lane.restore(1);
    const all = commands(...Array.from({ length: 350 }, (_, n) => `ls ${n}`));
    for (let at = 0; at < all.length; at += 35) {
      lane.lanes.enqueue({ partition: 0, epoch: 1, records: all.slice(at, at + 35) });
    }
    while (lane.judged.reduce((sum, { records }) => sum + records.length, 0) < all.length) await lane.reported();
    const offsets = lane.judged.flatMap(({ records }) => records.map((record) => record.offset));
    expect(offsets).toEqual(all.map((record) => record.offset));
    expect(lane.judged.length).toBeLessThan(10);
    await lane.lanes.close();
  });
});
