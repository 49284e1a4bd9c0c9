import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/domain/session.ts';
import { judgeEvent } from '../../src/judge/judge-event.ts';
import { aPolicy, aSet, call, control, eventAt, result, sessionAfter } from './history.ts';

const labelling = (labels: Record<string, string>) => aSet([aPolicy('p', { effect: 'allow', labels })]);

describe('a judgement', () => {
  it('leaves the session before it as it was', () => {
    const labels = (n: number) => ({ [`l${n}`]: 'x' });
    const state = (n: number) => ({ effect: 'warn', labels: labels(n), state: { n } }) as const;
    const set = aSet([aPolicy('p', ({ session }) => state(session.seq))]);
    const given = [
      call({ a: 1 }),
      result('r'),
      control('mode_change', { mode: 'm', approvals: ['x'] }),
      call({ a: 2 }),
    ];
    let before: Session | undefined;
    for (const [n, one] of given.entries()) {
      const copy = structuredClone(before);
      const judgement = judgeEvent(set, before, eventAt(n, one), { onTurn: () => undefined });
      if (judgement.kind !== 'decided') throw new Error('not decided');
      expect(before).toEqual(copy);
      before = judgement.session;
    }
  });
});

describe('labels', () => {
  it('stick to the session', () => {
    const set = aSet([
      aPolicy('p', ({ session }) =>
        session.seq === 1 ? { effect: 'allow', labels: { a: 'b' } } : { effect: 'allow' },
      ),
    ]);
    expect(sessionAfter([call(), call(), call()], set).labels).toEqual(new Map([['a', 'b']]));
  });

  it.each([
    ['a name', { ['n'.repeat(257)]: 'v' }],
    ['a value', { n: 'v'.repeat(257) }],
  ])('with %s that is too long set the overflow flag instead', (_, labels) => {
    const session = sessionAfter([call()], labelling(labels));
    expect(session.labels.size).toBe(0);
    expect(session.labelsOverflow).toBe(true);
  });

  it('of 256 characters fit', () => {
    const session = sessionAfter([call()], labelling({ ['n'.repeat(256)]: 'v'.repeat(256) }));
    expect(session.labels.size).toBe(1);
    expect(session.labelsOverflow).toBe(false);
  });

  it('are 64 at most: those that are there can still change, others set the flag', () => {
    const set = aSet([
      aPolicy('p', ({ session }) => ({
        effect: 'allow',
        labels: { [`l${session.seq}`]: '1', l1: String(session.seq) },
      })),
    ]);
    const calls = (count: number) => Array.from({ length: count }, (_, n) => call({ n }));
    const full = sessionAfter(calls(64), set);
    expect(full.labels.size).toBe(64);
    expect(full.labelsOverflow).toBe(false);
    const over = sessionAfter(calls(66), set);
    expect(over.labels.size).toBe(64);
    expect(over.labels.get('l1')).toBe('66');
    expect(over.labels.has('l65')).toBe(false);
    expect(over.labelsOverflow).toBe(true);
  });
});
