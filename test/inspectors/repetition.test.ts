import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { REPETITION } from '../../src/inspectors/repetition.ts';
import { aView } from './view.ts';

describe('repetition', () => {
  it('lets max identical calls pass and denies every one after', () => {
    const property = fc.property(fc.nat({ max: 400 }), fc.integer({ min: 1, max: 1_000 }), (max, count) => {
      const answer = REPETITION.create({ max })(aView('t', {}, count));
      expect(answer.effect).toBe(count > max ? 'deny' : 'allow');
    });
    fc.assert(property, { seed: 42 });
  });

  it('says how often, and of which tool, but nothing of its arguments', () => {
    expect(REPETITION.create({ max: 3 })(aView('read_file', { path: 'secret' }, 4))).toEqual({
      effect: 'deny',
      code: 'repetition.identical_calls',
      reason: 'repetition inspector blocked: read_file called 4 times with identical params',
    });
  });

  it('lets five pass when nobody says how many', () => {
    const inspect = REPETITION.create({});
    expect([5, 6].map((count) => inspect(aView('t', {}, count)).effect)).toEqual(['allow', 'deny']);
  });

  it('denies the first call when max is 0', () => {
    expect(REPETITION.create({ max: 0 })(aView('t', {}, 1)).effect).toBe('deny');
  });

  it('says nothing of events that are no tool calls, however long the run before them is', () => {
    for (const type of ['tool_result', 'step', 'session_start', 'session_end', 'session_reset'] as const) {
      expect(REPETITION.create({ max: 1 })(aView('t', {}, 9, type)).effect).toBe('allow');
    }
  });

  it.each([-1, 1.5, '5', null, true, Number.MAX_SAFE_INTEGER + 1])('refuses max: %j', (max) => {
    expect(() => REPETITION.create({ max })).toThrow(TollgateError);
  });
});
