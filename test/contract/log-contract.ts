import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CrashHook, CrashPoint, PartitionMeta, StateLog } from '../../src/pipeline/ports.ts';
import type { AdapterHarness, CommittedView } from './adapter-harness.ts';
import { sampleChanges } from './sample-changes.ts';

const RUNNING = new AbortController().signal;

/** What a restore yields, in a form that can be compared. */
interface Restored {
  readonly sessions: Readonly<Record<string, string>>;
  readonly meta: PartitionMeta | undefined;
}

/** Restores a partition; fails when a session comes twice. */
export async function restored(log: StateLog, partition: number): Promise<Restored> {
  const sessions = new Map<string, string>();
  const meta = await log.restore(
    partition,
    (sessionId, value) => {
      expect(sessions.has(sessionId)).toBe(false);
      sessions.set(sessionId, Buffer.from(value).toString('utf8'));
    },
    RUNNING,
  );
  return { sessions: Object.fromEntries([...sessions].sort()), meta };
}

class Crash extends Error {
  readonly point: CrashPoint;
  constructor(point: CrashPoint) {
    super(`crash at ${point}`);
    this.point = point;
  }
}

/** A hook that throws once armed, at one point. */
function crashAt(point: CrashPoint): { hook: CrashHook; arm: () => void; disarm: () => void } {
  let armed = false;
  return {
    hook: (reached) => {
      if (armed && reached === point) throw new Crash(point);
    },
    arm: () => {
      armed = true;
    },
    disarm: () => {
      armed = false;
    },
  };
}

/** What `StateLog` in `pipeline/ports.ts` promises. */
export function describeLog(makeHarness: () => Promise<AdapterHarness>): void {
  let harness: AdapterHarness;
  let log: StateLog;

  beforeEach(async () => {
    harness = await makeHarness();
    log = await harness.openLog();
  });

  afterEach(async () => {
    await log.close();
    await harness.close();
  });

  async function reopen(hook?: CrashHook): Promise<void> {
    await harness.crash(log);
    log = await harness.openLog(hook);
  }

  const first = [
    sampleChanges({ step: 1, partition: 0, events: ['a', 'b'], sessions: { a: 'a1', b: 'b1' } }),
    sampleChanges({ step: 1, partition: 2, events: ['c'], deadLetters: ['too_deep'], sessions: { c: 'c1' } }),
  ];
  const second = [
    sampleChanges({ step: 2, partition: 0, events: ['a'], deadLetters: ['empty'], sessions: { a: 'a2', b: null } }),
    sampleChanges({ step: 2, partition: 2, events: ['d'], sessions: { d: 'd1' } }),
  ];

  /** Everything that can be seen of partitions 0 and 2, through the log and past it. */
  async function seen(): Promise<{ views: CommittedView[]; states: Restored[] }> {
    const views = [await harness.readCommitted(0), await harness.readCommitted(2)];
    return { views, states: [await restored(log, 0), await restored(log, 2)] };
  }

  /** Commits `first`, dies in the commit of `second`, and tells which of the two worlds other readers see. */
  async function crashInSecondCommit(own: AdapterHarness, point: CrashPoint): Promise<boolean> {
    const crash = crashAt(point);
    const victim = await own.openLog(crash.hook);
    await victim.commit(first, RUNNING);
    crash.arm();
    await expect(victim.commit(second, RUNNING), point).rejects.toThrow(`crash at ${point}`);
    await own.crash(victim);
    const [zero, two] = [await own.readCommitted(0), await own.readCommitted(2)];
    const took = zero.decisions.length === 3;
    expect([zero.audit.length, two.decisions.length, two.audit.length], point).toEqual(took ? [3, 2, 2] : [2, 1, 1]);
    expect([...zero.deadLetters, ...two.deadLetters], point).toEqual(took ? ['empty', 'too_deep'] : ['too_deep']);
    return took;
  }

  describe('a log', () => {
    it('knows nothing of a partition that never committed', async () => {
      expect(await restored(log, 1)).toEqual({ sessions: {}, meta: undefined });
      expect(await harness.readCommitted(1)).toEqual({ decisions: [], audit: [], deadLetters: [] });
    });

    it('shows everything of a commit to other readers once it has resolved', async () => {
      await log.commit(first, RUNNING);
      expect(await harness.readCommitted(2)).toEqual({
        decisions: ['{"decision":"c","step":1,"i":0}'],
        audit: ['{"audit":"c","step":1,"i":0}'],
        deadLetters: ['too_deep'],
      });
    });

    it('appends later commits behind earlier ones, in order', async () => {
      await Promise.all([log.commit(first, RUNNING), log.commit(second, RUNNING)]);
      const { decisions } = await harness.readCommitted(0);
      expect(decisions.map((line) => JSON.parse(line))).toEqual([
        { decision: 'a', step: 1, i: 0 },
        { decision: 'b', step: 1, i: 1 },
        { decision: 'a', step: 2, i: 0 },
      ]);
    });

    it('restores the last state of each live session and the last meta record', async () => {
      await log.commit(first, RUNNING);
      await log.commit(second, RUNNING);
      expect(await restored(log, 0)).toEqual({ sessions: { a: 'a2' }, meta: second[0]?.meta });
      expect(await restored(log, 2)).toEqual({ sessions: { c: 'c1', d: 'd1' }, meta: second[1]?.meta });
    });

    it('takes several changes of one partition in one commit, the last one counts', async () => {
      const changes = [
        sampleChanges({ step: 1, events: ['a'], sessions: { a: 'a1', b: 'b1', c: 'c1' } }),
        sampleChanges({ step: 2, events: ['b'], sessions: { a: 'a2', b: null } }),
        sampleChanges({ step: 3, events: ['c'], sessions: { b: 'b3' } }),
      ];
      await log.commit(changes, RUNNING);
      expect(await restored(log, 0)).toEqual({ sessions: { a: 'a2', b: 'b3', c: 'c1' }, meta: changes[2]?.meta });
      expect((await harness.readCommitted(0)).decisions).toHaveLength(3);
    });

    it('takes a commit without outputs', async () => {
      const changes = [sampleChanges({ step: 1 })];
      await log.commit(changes, RUNNING);
      expect(await restored(log, 0)).toEqual({ sessions: {}, meta: changes[0]?.meta });
    });

    it('gives the same after a crash between commits', async () => {
      await log.commit(first, RUNNING);
      await log.commit(second, RUNNING);
      const before = await seen();
      await reopen();
      expect(await seen()).toEqual(before);
    });

    it('gives each restored value memory of its own', async () => {
      await log.commit(first, RUNNING);
      const values: Uint8Array[] = [];
      await log.restore(0, (_id, value) => void values.push(value), RUNNING);
      for (const value of values) value.fill(0);
      expect((await restored(log, 0)).sessions).toEqual({ a: 'a1', b: 'b1' });
    });

    it('refuses work of an older assignment, and writes nothing of that commit', async () => {
      await log.commit([sampleChanges({ step: 1, epoch: 2, events: ['a'], sessions: { a: 'a1' } })], RUNNING);
      const late = [
        sampleChanges({ step: 2, partition: 2, epoch: 2, events: ['c'] }),
        sampleChanges({ step: 2, partition: 0, epoch: 1, events: ['a'], sessions: { a: 'late' } }),
      ];
      await expect(log.commit(late, RUNNING)).rejects.toMatchObject({ code: 'commit_failed' });
      expect((await harness.readCommitted(0)).decisions).toHaveLength(1);
      expect((await harness.readCommitted(2)).decisions).toEqual([]);
      expect((await restored(log, 0)).sessions).toEqual({ a: 'a1' });
    });

    it('commits nothing when the signal is aborted beforehand', async () => {
      await expect(log.commit(first, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
      expect(await restored(log, 0)).toEqual({ sessions: {}, meta: undefined });
    });

    it('stops a restore when the signal is aborted', async () => {
      await log.commit(first, RUNNING);
      await expect(log.restore(0, () => undefined, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    });

    it('leaves all or nothing of a commit that crashes, at whichever point', async () => {
      for (const point of harness.commitPoints) {
        const own = await makeHarness();
        const took = await crashInSecondCommit(own, point);
        const next = await own.openLog();
        expect(await restored(next, 0), point).toEqual({
          sessions: took ? { a: 'a2' } : { a: 'a1', b: 'b1' },
          meta: (took ? second : first)[0]?.meta,
        });
        expect((await restored(next, 2)).meta, point).toEqual((took ? second : first)[1]?.meta);
        if (!took) await next.commit(second, RUNNING);
        expect((await own.readCommitted(0)).decisions, point).toHaveLength(3);
        expect((await own.readCommitted(2)).decisions, point).toHaveLength(2);
        await next.close();
        await own.close();
      }
    });

    it('refuses every partition after a failed commit until that partition was restored', async () => {
      for (const point of harness.commitPoints) {
        const own = await makeHarness();
        const crash = crashAt(point);
        const victim = await own.openLog(crash.hook);
        await victim.commit(first, RUNNING);
        crash.arm();
        await expect(victim.commit(second, RUNNING)).rejects.toThrow();
        crash.disarm();
        await expect(victim.commit(second, RUNNING), point).rejects.toMatchObject({ code: 'commit_failed' });
        const took = (await restored(victim, 0)).sessions.b === undefined;
        expect((await own.readCommitted(0)).decisions, point).toHaveLength(took ? 3 : 2);
        await victim.commit([sampleChanges({ step: 3, events: ['x'] })], RUNNING);
        expect((await own.readCommitted(0)).decisions, point).toHaveLength(took ? 4 : 3);
        const other = [sampleChanges({ step: 3, partition: 2, events: ['x'] })];
        await expect(victim.commit(other, RUNNING), point).rejects.toMatchObject({ code: 'commit_failed' });
        await victim.close();
        await own.close();
      }
    });

    it('does not call a partition current that it never read or wrote, nor any after a failed commit', async () => {
      expect(await log.isCurrent(0, RUNNING)).toBe(false);
      const own = await makeHarness();
      const crash = crashAt('commit:before');
      const victim = await own.openLog(crash.hook);
      await victim.commit(first, RUNNING);
      crash.arm();
      await expect(victim.commit(second, RUNNING)).rejects.toThrow('crash at');
      expect(await victim.isCurrent(0, RUNNING)).toBe(false);
      await victim.close();
      await own.close();
    });

    it('can be restored again after a restore that crashed', async () => {
      await log.commit(first, RUNNING);
      const before = await seen();
      for (const point of ['restore:before', 'restore:after'] as const) {
        const crash = crashAt(point);
        await reopen(crash.hook);
        crash.arm();
        await expect(restored(log, 0)).rejects.toThrow(point);
        crash.disarm();
        expect(await seen()).toEqual(before);
      }
    });
  });
}
