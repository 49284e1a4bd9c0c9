import { describe, expect, it } from 'vitest';
import { bendOf, bendText, marginalCosts } from './bend.ts';

const steps = (...costs: number[]) => costs.map((cost, i) => ({ at: 10 ** i, cost }));

describe('where a curve bends', () => {
  it('is the first step that costs over a quarter more a unit than the one before', () => {
    expect(bendOf(steps(4, 5, 6.3, 9))?.at).toBe(100);
  });

  it('is nowhere when costs grow slowly, or fall', () => {
    expect(bendOf(steps(4, 5, 6.25, 7.8))).toBeUndefined();
    expect(bendOf(steps(9, 3, 3))).toBeUndefined();
    expect(bendOf([])).toBeUndefined();
  });

  it('is looked for in what one more costs, not in the average', () => {
    const costs = marginalCosts([
      { at: 10, total: 1000 },
      { at: 100, total: 10_000 },
      { at: 1000, total: 190_000 },
    ]);
    expect(costs).toEqual([
      { at: 10, cost: 100 },
      { at: 100, cost: 100 },
      { at: 1000, cost: 200 },
    ]);
  });

  it('is told with its reason, and its absence without one', () => {
    expect(bendText('Memory', 'sessions', steps(4, 4, 6), 'A map grows.')).toBe(
      'Memory: bends at 100 sessions (+50 % a unit), looked at from 1 to 100 sessions. A map grows.',
    );
    expect(bendText('Memory', 'sessions', steps(4, 4), 'A map grows.')).not.toContain('A map grows.');
  });
});
