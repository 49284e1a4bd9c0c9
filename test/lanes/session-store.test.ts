import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/domain/session.ts';
import { SessionStore } from '../../src/lanes/session-store.ts';
import { call, sessionAfter } from '../judge/history.ts';

const IDLE_MS = 1000;
const SESSION = sessionAfter([call()]);

function aSession(sessionId: string, clockMs: number, changes: Partial<Session> = {}): Session {
  return { ...SESSION, sessionId, clockMs, ...changes };
}

function aStore(maxSessions: number, ...sessions: readonly Session[]): SessionStore {
  const store = new SessionStore({ maxSessions, sessionIdleMs: IDLE_MS });
  for (const session of sessions) {
    store.advanceClock(session.clockMs);
    store.set(session);
  }
  return store;
}

describe('the sessions of a partition', () => {
  it('have room for another while there are fewer than maxSessions', () => {
    expect(aStore(2).makeRoom()).toBe(true);
    expect(aStore(2, aSession('a', 0)).makeRoom()).toBe(true);
    expect(aStore(2, aSession('a', 0), aSession('b', 0)).makeRoom()).toBe(false);
  });

  it('are never evicted while they are live', () => {
    const store = aStore(2, aSession('a', 0), aSession('b', IDLE_MS));
    expect(store.makeRoom()).toBe(false);
    expect(store.get('a')).toBeDefined();
    expect(store.get('b')).toBeDefined();
  });

  it('make room once one has been idle for longer than sessionIdleMs of the partition’s clock', () => {
    const store = aStore(2, aSession('a', 0), aSession('b', 500));
    store.advanceClock(IDLE_MS);
    expect(store.makeRoom()).toBe(false);
    store.advanceClock(IDLE_MS + 1);
    expect(store.makeRoom()).toBe(true);
    expect(store.get('a')).toBeUndefined();
    expect(store.get('b')).toBeDefined();
  });

  it('make room once one has ended', () => {
    const store = aStore(2, aSession('a', 0), aSession('b', 0));
    expect(store.makeRoom()).toBe(false);
    store.set(aSession('b', 0, { ended: true }));
    expect(store.makeRoom()).toBe(true);
    expect(store.size).toBe(1);
  });

  it('stay while there is room, ended or idle as they may be', () => {
    const store = aStore(3, aSession('a', 0, { ended: true }), aSession('b', 0));
    store.advanceClock(9 * IDLE_MS);
    expect(store.makeRoom()).toBe(true);
    expect(store.size).toBe(2);
  });

  it('make room for a late session’s place too, although an earlier look found nothing idle', () => {
    const store = aStore(2, aSession('a', 5000), aSession('b', 5000));
    expect(store.makeRoom()).toBe(false);
    store.set(aSession('b', 5000, { ended: true }));
    expect(store.makeRoom()).toBe(true);
    store.set(aSession('late', 10));
    expect(store.makeRoom()).toBe(true);
    expect(store.get('late')).toBeUndefined();
  });

  it('have a clock that never goes back', () => {
    const store = aStore(1);
    store.advanceClock(7);
    store.advanceClock(3);
    expect(store.clockMs).toBe(7);
  });

  it('are the same after a restore as before, whatever came', () => {
    const step = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), ms: fc.nat(4000), ended: fc.boolean() });
    const property = fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, cut) => {
      const straight = aStore(2);
      let restored = aStore(2);
      for (const [n, { id, ms, ended }] of steps.entries()) {
        if (n === cut) restored = restoredFrom(restored);
        const taken = [straight, restored].map((store) => {
          store.advanceClock(ms);
          const known = store.get(id);
          if (known === undefined && !store.makeRoom()) return false;
          store.set(aSession(id, Math.max(ms, known?.clockMs ?? 0), { ended }));
          return true;
        });
        expect(taken[0]).toBe(taken[1]);
        expect(idsOf(restored)).toEqual(idsOf(straight));
      }
    });
    fc.assert(property, { seed: 42, numRuns: 500 });
  });
});

const IDS = ['a', 'b', 'c', 'd'];

function idsOf(store: SessionStore): string[] {
  return IDS.filter((id) => store.get(id) !== undefined);
}

function restoredFrom(store: SessionStore): SessionStore {
  const copy = aStore(2);
  for (const id of idsOf(store).toReversed()) copy.restore(store.get(id) as Session);
  copy.clockMs = store.clockMs;
  return copy;
}

describe('what a commit must write', () => {
  it('is every session that was set since the last time, once, as it is now', () => {
    const store = aStore(9, aSession('a', 0), aSession('b', 0), aSession('a', 5));
    expect(new Map([...store.takeChanged()].map(([id, session]) => [id, session?.clockMs]))).toEqual(
      new Map([
        ['a', 5],
        ['b', 0],
      ]),
    );
    expect(store.takeChanged().size).toBe(0);
  });

  it('names sessions that are gone', () => {
    const store = aStore(1, aSession('a', 0, { ended: true }));
    store.takeChanged();
    expect(store.makeRoom()).toBe(true);
    store.set(aSession('b', 0));
    expect([...store.takeChanged()].map(([id, session]) => [id, session?.sessionId])).toEqual([
      ['a', undefined],
      ['b', 'b'],
    ]);
  });

  it('is nothing of what was restored', () => {
    const store = aStore(9);
    store.restore(aSession('a', 0));
    expect(store.takeChanged().size).toBe(0);
    expect(store.get('a')).toBeDefined();
  });
});
