import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { call, factsOf, result, step } from './history.ts';

describe('input.session.near_repeat', () => {
  it.each<[string, Json, Json]>([
    ['numbers', { page: 1, ratio: 0.5 }, { page: 22, ratio: 1e-7 }],
    ['numbers inside text', { command: 'sleep 10' }, { command: 'sleep 250' }],
    ['UUIDs', { id: '0b1f8d56-9d4c-4c0e-a7e8-2f5a3f2d9c11' }, { id: 'FFFFFFFF-0000-4000-8000-00000000ABCD' }],
    ['timestamps', { at: '2026-03-02T08:00:00Z' }, { at: '2027-12-31T23:59:59.123+02:00' }],
    ['case', { command: 'LS -la' }, { command: 'ls -LA' }],
    ['white space', { command: 'ls  -la' }, { command: ' ls\t-la\n' }],
  ])('takes calls that differ only in %s for nearly the same', (_, first, second) => {
    const facts = factsOf([call(first), call(second)]);
    expect(facts).toMatchObject({ repeat: { count: 1 }, near_repeat: { count: 2 } });
  });

  it.each<[string, Json, Json]>([
    ['another word', { command: 'ls' }, { command: 'rm' }],
    ['another member', { a: 'x' }, { b: 'x' }],
    ['another shape', { a: ['x'] }, { a: 'x' }],
  ])('takes calls with %s for different', (_, first, second) => {
    expect(factsOf([call(first), call(second)]).near_repeat).toEqual({ count: 1 });
  });

  it('takes the same params of another tool for different', () => {
    expect(factsOf([call({ n: 1 }), call({ n: 2 }, { tool: 'fetch' })]).near_repeat).toEqual({ count: 1 });
  });

  it('counts identical calls along with nearly identical ones', () => {
    const [one, two] = [call({ n: 1 }), call({ n: 2 })];
    expect(factsOf([one, one, two, two, two, one]).near_repeat).toEqual({ count: 6 });
  });

  it('is neither counted nor broken by events that are no tool calls', () => {
    expect(factsOf([call({ n: 1 }), step(), result(1), call({ n: 2 })]).near_repeat).toEqual({ count: 2 });
  });
});
