import { describe, expect, it } from 'vitest';
import { adversaryAnswer, type Review } from '../../src/inspectors/adversary.ts';

const OBJECTION: Review = { kind: 'objection', text: 'reads secrets' };

describe('the adversarial review', () => {
  it('denies with the objection', () => {
    expect(adversaryAnswer('no secrets', OBJECTION)).toMatchObject({
      effect: 'deny',
      reason: 'adversary: reads secrets',
    });
  });

  it('allows what nobody objects to', () => {
    expect(adversaryAnswer('no secrets', { kind: 'no_objection' }).effect).toBe('allow');
  });

  it('denies when the classifier failed', () => {
    expect(adversaryAnswer('no secrets', { kind: 'failed' }).effect).toBe('deny');
  });

  it.each(['', ' \n\t'])('allows everything when there are no rules: %j', (rules) => {
    expect(adversaryAnswer(rules, OBJECTION).effect).toBe('allow');
  });

  it('takes no more than 512 units of an objection', () => {
    const answer = adversaryAnswer('x', { kind: 'objection', text: 'y'.repeat(10_000) });
    expect(answer.reason).toHaveLength('adversary: '.length + 512);
  });
});
