import { describe, expect, it } from 'vitest';
import { call, factsOf, step } from './history.ts';

const calls = (pattern: string) => Array.from(pattern, (command) => call({ command }));
const LETTERS = 'ABCDEFGH';

describe('input.session.cycle', () => {
  it.each([2, 3, 4, 5, 6, 7, 8])('finds a cycle of period %i once it came round a second time', (period) => {
    const round = LETTERS.slice(0, period);
    const twice = round + round;
    expect(factsOf(calls(twice.slice(0, -1))).cycle).toEqual({ period: 0, count: 0 });
    expect(factsOf(calls(twice)).cycle).toEqual({ period, count: 2 });
    expect(factsOf(calls(round.repeat(4))).cycle).toEqual({ period, count: 4 });
  });

  it.each([
    ['a period of 9 is too long', 'ABCDEFGHIABCDEFGHI', 0, 0],
    ['one and the same call is a repeat', 'AAAAAAAAAAAAAAAAAAAA', 0, 0],
    ['ABAC has no cycle', 'ABACABAD', 0, 0],
    ['what came before does not matter', 'XYZABAB', 2, 2],
    ['a cycle ends with the first call that is none of it', 'ABABABX', 0, 0],
    ['a cycle that is not whole counts its whole rounds', 'ABABA', 2, 2],
    ['a cycle may hold repeats', 'AABAAB', 3, 2],
    ['seven repeats and another call are a period of 8', 'AAAAAAABAAAAAAAB', 8, 2],
    ['the shortest period counts', 'ABABABAB', 2, 4],
    ['a run of identical calls ends the cycle', 'ABABBB', 0, 0],
  ])('%s', (_, pattern, period, count) => {
    expect(factsOf(calls(pattern)).cycle).toEqual({ period, count });
  });

  it('is neither counted nor broken by events that are no tool calls', () => {
    const [a, b] = calls('AB');
    if (a === undefined || b === undefined) throw new Error('two calls');
    expect(factsOf([a, step(), b, a, step(), step(), b]).cycle).toEqual({ period: 2, count: 2 });
  });

  it('counts on where a run is longer than the calls that are kept', () => {
    expect(factsOf(calls('AB'.repeat(100))).cycle).toEqual({ period: 2, count: 100 });
  });
});
