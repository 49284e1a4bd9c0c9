import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { call, factsOf, type Given, result, sessionAfter, step } from './history.ts';

const reserve = (callId: string, usage: JsonObject, params: JsonObject = {}) =>
  call(params, { call_id: callId, usage: { ...usage, estimate: true } });
const used = (callId: string, usage: JsonObject) => result('done', { call_id: callId, usage });

type Row = readonly [sentence: string, history: readonly Given[], tokens: number, costUsd: number, durationMs: number];

const ROWS: readonly Row[] = [
  ['nothing is used without usage', [call(), result(1), step()], 0, 0, 0],
  ['input and output tokens are added up', [step({ usage: { input_tokens: 3, output_tokens: 4 } })], 7, 0, 0],
  ['usage of any event counts', [step({ usage: { cost_usd: 1 } }), call({}, { usage: { cost_usd: 2 } })], 0, 3, 0],
  ['an estimate counts at once', [reserve('c', { input_tokens: 100, cost_usd: 2, duration_ms: 50 })], 100, 2, 50],
  [
    'the actual usage takes the estimate’s place',
    [reserve('c', { input_tokens: 100, cost_usd: 2 }), used('c', { input_tokens: 60, output_tokens: 5, cost_usd: 3 })],
    65,
    3,
    0,
  ],
  [
    'the actual usage of another call does not',
    [reserve('c', { input_tokens: 100 }), used('d', { input_tokens: 60 })],
    160,
    0,
    0,
  ],
  [
    'a result without a call_id does not',
    [reserve('c', { cost_usd: 1 }), result(1, { usage: { cost_usd: 1 } })],
    0,
    2,
    0,
  ],
  [
    'an estimate whose result says nothing stays',
    [reserve('c', { cost_usd: 2 }), result(1, { call_id: 'c' })],
    0,
    2,
    0,
  ],
  [
    'an amount that the result does not name stays',
    [reserve('c', { input_tokens: 100, cost_usd: 2 }), used('c', { duration_ms: 9 })],
    100,
    2,
    9,
  ],
  [
    'a second result of the same call is added',
    [reserve('c', { input_tokens: 9 }), used('c', { input_tokens: 5 }), used('c', { input_tokens: 5 })],
    10,
    0,
    0,
  ],
  [
    'estimates under one call_id add up, so that nobody reserves for many calls at the price of one',
    [reserve('c', { cost_usd: 1 }, { n: 1 }), reserve('c', { cost_usd: 1 }, { n: 2 }), reserve('c', { cost_usd: 1 })],
    0,
    3,
    0,
  ],
  [
    'the actual usage takes the place of all of them',
    [reserve('c', { cost_usd: 1 }), reserve('c', { cost_usd: 1 }, { n: 2 }), used('c', { cost_usd: 0.5 })],
    0,
    0.5,
    0,
  ],
  [
    'a call that comes again without usage keeps what it reserved',
    [reserve('c', { cost_usd: 1 }), call({}, { call_id: 'c' }), used('c', { cost_usd: 3 })],
    0,
    3,
    0,
  ],
  [
    'a step may report the actual usage before the result',
    [reserve('c', { cost_usd: 1 }), step({ call_id: 'c', usage: { cost_usd: 3 } }), result(1, { call_id: 'c' })],
    0,
    3,
    0,
  ],
  [
    'a step may reserve more for a call',
    [
      reserve('c', { cost_usd: 1 }),
      step({ call_id: 'c', usage: { cost_usd: 1, estimate: true } }),
      used('c', { cost_usd: 5 }),
    ],
    0,
    5,
    0,
  ],
  [
    'a step about no open call opens none',
    [step({ call_id: 'c', usage: { cost_usd: 1, estimate: true } }), used('c', { cost_usd: 5 })],
    0,
    6,
    0,
  ],
];

describe('tokens, cost_usd and duration_ms', () => {
  it.each(ROWS)('%s', (_, history, tokens, costUsd, durationMs) => {
    expect(factsOf(history)).toMatchObject({ tokens, cost_usd: costUsd, duration_ms: durationMs });
  });

  it('never fall below zero for the dust of fractions', () => {
    const costs = [0.1, 0.3, 0.9];
    const reserved = costs.map((cost, n) => reserve(`c${n}`, { cost_usd: cost }));
    const settled = costs.map((_, n) => used(`c${n}`, { cost_usd: 0 }));
    const { cost_usd: cost } = factsOf([...reserved, ...settled]);
    expect(cost).toBeGreaterThanOrEqual(0);
    expect(cost).toBeCloseTo(0, 12);
  });
});

describe('open calls', () => {
  const opened = (count: number) => Array.from({ length: count }, (_, n) => reserve(`c${n}`, { cost_usd: 1 }, { n }));

  it('are those that wait for their result, oldest first', () => {
    const session = sessionAfter([...opened(3), result(1, { call_id: 'c1' })]);
    expect([...session.openCalls.keys()]).toEqual(['c0', 'c2']);
  });

  it('are 64 at most: the oldest goes, and what it reserved stays counted', () => {
    const session = sessionAfter([...opened(66), used('c0', { cost_usd: 5 })]);
    expect(session.openCalls.size).toBe(64);
    expect([...session.openCalls.keys()][0]).toBe('c2');
    expect(session.costUsd).toBe(66 + 5);
  });
});

describe('input.session.no_progress', () => {
  const ask = (callId: string, n = 1) => call({ n }, { call_id: callId });
  const answer = (callId: string, value: string) => result(value, { call_id: callId });

  it.each<readonly [string, readonly Given[], number]>([
    ['counts the same results of the same call', [ask('a'), answer('a', 'x'), ask('b'), answer('b', 'x')], 2],
    ['starts over with another result', [ask('a'), answer('a', 'x'), ask('b'), answer('b', 'y')], 1],
    ['starts over with another call', [ask('a'), answer('a', 'x'), ask('b', 2), answer('b', 'x')], 1],
    ['counts results without a call_id by themselves', [result('x'), result('x'), result('x')], 3],
    ['is not broken by steps', [result('x'), step(), call(), result('x')], 2],
  ])('%s', (_, history, count) => {
    expect(factsOf(history).no_progress).toEqual({ count });
  });
});
