import { describe, expect, it } from 'vitest';
import { compareWithCommitted } from './compare.ts';
import { givenCase, givenReport, ratio } from './given-report.ts';

function kindOf(before: number, now: number, higherIsBetter: boolean): string | undefined {
  const committed = givenReport({ judging: givenCase([ratio('r', before, { higherIsBetter })]) });
  const measured = new Map([['judging', { ratios: [ratio('r', now, { higherIsBetter })] }]]);
  return compareWithCommitted(measured, committed)[0]?.kind;
}

describe('measured ratios beside committed ones', () => {
  it.each([
    { before: 2, now: 2, higherIsBetter: true, kind: 'held' },
    { before: 2, now: 1.71, higherIsBetter: true, kind: 'held' },
    { before: 2, now: 1.69, higherIsBetter: true, kind: 'fallen' },
    { before: 2, now: 20, higherIsBetter: true, kind: 'held' },
    { before: 2, now: 2.29, higherIsBetter: false, kind: 'held' },
    { before: 2, now: 2.31, higherIsBetter: false, kind: 'fallen' },
    { before: 2, now: 0.2, higherIsBetter: false, kind: 'held' },
    { before: 2, now: Number.NaN, higherIsBetter: true, kind: 'fallen' },
  ])('$before, then $now: $kind (higher is better: $higherIsBetter)', ({ before, now, higherIsBetter, kind }) => {
    expect(kindOf(before, now, higherIsBetter)).toBe(kind);
  });

  it('take the direction from what is committed', () => {
    const committed = givenReport({ judging: givenCase([ratio('r', 2, { higherIsBetter: true })]) });
    const measured = new Map([['judging', { ratios: [ratio('r', 1, { higherIsBetter: false })] }]]);
    expect(compareWithCommitted(measured, committed)[0]?.kind).toBe('fallen');
  });

  it('leave out the cases that were not measured', () => {
    const committed = givenReport({ judging: givenCase([ratio('a', 1)]), replay: givenCase([ratio('b', 1)]) });
    const measured = new Map([['replay', { ratios: [ratio('b', 1)] }]]);
    expect(compareWithCommitted(measured, committed).map(({ caseName }) => caseName)).toEqual(['replay']);
  });

  it('say which committed ratio could not be measured now', () => {
    const committed = givenReport({ judging: givenCase([ratio('a', 1), ratio('b', 1)]) });
    const measured = new Map([['judging', { ratios: [ratio('a', 1)] }]]);
    expect(compareWithCommitted(measured, committed)).toMatchObject([
      { ratio: 'a', kind: 'held' },
      { ratio: 'b', kind: 'unmeasured', now: undefined },
    ]);
  });

  it('have nothing to say of a ratio that is new', () => {
    const committed = givenReport({ judging: givenCase([]) });
    expect(compareWithCommitted(new Map([['judging', { ratios: [ratio('new', 1)] }]]), committed)).toEqual([]);
  });
});
