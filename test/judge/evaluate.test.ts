import { describe, expect, it, test } from 'vitest';
import type { Decision } from '../../src/domain/decision.ts';
import { EvaluationFault } from '../../src/domain/errors.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { faultVerdict, type RecordedVerdicts } from '../../src/judge/evaluate.ts';
import { printOf } from '../../src/judge/identity.ts';
import { judgeEvent } from '../../src/judge/judge-event.ts';
import type { PolicySet } from '../../src/judge/policy-set.ts';
import { aPolicy, aSet, call, control, eventAt, type Given, judgeAll, step } from './history.ts';

const ALLOW = aPolicy('allow');

function decide(set: PolicySet, given: Given = call(), recorded?: RecordedVerdicts): Decision {
  const judgement = judgeEvent(set, undefined, eventAt(0, given), { onTurn: () => undefined, recorded });
  if (judgement.kind !== 'decided') throw new Error('not decided');
  return judgement.decision;
}

describe('a policy that fails', () => {
  test.each<readonly [string, unknown, string, string]>([
    ['a fault', new EvaluationFault('trap', 'unreachable'), 'trap', 'unreachable'],
    ['an error', new TypeError('secret payload'), 'inspector_failed', 'the policy failed with TypeError'],
    ['a string', 'secret payload', 'inspector_failed', 'the policy failed with string'],
    ['nothing', undefined, 'inspector_failed', 'the policy failed with undefined'],
  ])('with %s denies, and the decision says why', (_, thrown, code, message) => {
    const decision = decide(aSet([ALLOW, aPolicy('broken', () => raise(thrown))]));
    expect(decision).toMatchObject({
      effect: 'deny',
      error: { code, message },
      reason: `policy broken failed: ${code}`,
      reasons: [{ policy: 'broken', code }],
    });
    expect(decision.verdicts[1]).toMatchObject({ policy: 'broken', effect: 'deny', error: { code, message } });
  });

  it.each([
    ['no effect', {}],
    ['an unknown effect', { effect: 'permit' }],
    ['nothing', undefined],
    ['null', null],
  ])('by answering with %s denies', (_, answer) => {
    const broken = { ...ALLOW, judge: () => answer } as unknown as Policy;
    expect(decide(aSet([ALLOW, broken]))).toMatchObject({ effect: 'deny', error: {} });
  });

  it('does not keep the others from being asked', () => {
    const policies = [
      aPolicy('broken', () => raise(new Error('x'))),
      aPolicy('warns', { effect: 'warn', reason: 'w' }),
    ];
    expect(decide(aSet(policies)).reason).toBe('policy broken failed: inspector_failed; w');
  });
});

describe('an answer that policies share', () => {
  it('becomes a verdict of each policy, in its own mode', () => {
    const answer = Object.freeze({ effect: 'warn', reason: 'w' } as const);
    const first = aPolicy('first', () => answer);
    const second = aPolicy('second', () => answer, { mode: 'shadow' });
    for (const decision of [decide(aSet([first, second])), decide(aSet([first, second]))]) {
      expect(decision.verdicts).toEqual([
        { ...answer, policy: 'first', version: first.head.version, mode: 'enforce' },
        { ...answer, policy: 'second', version: second.head.version, mode: 'shadow' },
      ]);
    }
    expect(answer).toEqual({ effect: 'warn', reason: 'w' });
  });

  it('keeps nothing of a policy’s state', () => {
    const answer = Object.freeze({ effect: 'allow', state: { n: 1 } } as const);
    const policy = aPolicy('p', () => answer);
    const { judgements } = judgeAll(aSet([policy]), [call({ a: 1 }), call({ a: 2 })]);
    const [first, second] = judgements.map((one) => (one.kind === 'decided' ? one.decision.verdicts[0] : undefined));
    expect(first).toEqual(second);
    expect(first?.state).toEqual({ n: 1 });
  });
});

describe('a policy’s state', () => {
  const counting = (make: (before: Json | undefined) => Json) => {
    const seen: (Json | undefined)[] = [];
    const policy = aPolicy('p', ({ state }) => {
      seen.push(state);
      return { effect: 'allow', state: make(state) };
    });
    return { seen, policy };
  };

  it('comes back at the session’s next event', () => {
    const { seen, policy } = counting((before) => ((before as number | undefined) ?? 0) + 1);
    judgeAll(aSet([policy]), [call(), step(), call()]);
    expect(seen).toEqual([undefined, 1, 2]);
  });

  it('stays when an answer has none, and is nobody else’s', () => {
    const { seen, policy } = counting((before) => before ?? 'kept');
    const other: (Json | undefined)[] = [];
    const second = aPolicy('q', ({ state, session }) => {
      other.push(state);
      return session.seq === 1 ? { effect: 'allow', state: 'mine' } : { effect: 'allow' };
    });
    judgeAll(aSet([policy, second]), [call(), call(), call()]);
    expect(seen).toEqual([undefined, 'kept', 'kept']);
    expect(other).toEqual([undefined, 'mine', 'mine']);
  });

  it('of a shadow policy is kept as well', () => {
    const { seen, policy } = counting(() => 'x');
    judgeAll(aSet([ALLOW, { ...policy, head: { ...policy.head, mode: 'shadow' } }]), [call(), call()]);
    expect(seen).toEqual([undefined, 'x']);
  });

  it('is gone when the session starts anew', () => {
    const { seen, policy } = counting(() => 'x');
    judgeAll(aSet([policy]), [call(), control('session_reset'), call()]);
    expect(seen).toEqual([undefined, undefined]);
  });

  it('may have maxPolicyStateBytes, and with one more the policy fails and keeps the old one', () => {
    const text = (bytes: number) => 'é'.repeat((bytes - 2) / 2);
    const { seen, policy } = counting((before) => (before === undefined ? text(4096) : text(4098)));
    const { judgements } = judgeAll(aSet([policy]), [call(), call(), call()]);
    expect(judgements[0]).toMatchObject({ decision: { effect: 'allow' } });
    expect(judgements[1]).toMatchObject({ decision: { effect: 'deny', error: { code: 'state_too_large' } } });
    expect(seen[2]).toBe(seen[1]);
  });

  it.each<readonly [string, Json]>([
    ['half a surrogate pair', '\ud800'],
    ['a member named __proto__', JSON.parse('{"__proto__":1}') as Json],
  ])('that could not be restored (%s) is the policy’s failure, not the session’s', (_, state) => {
    expect(decide(aSet([aPolicy('p', { effect: 'allow', state })]))).toMatchObject({
      effect: 'deny',
      error: { code: 'inspector_failed' },
    });
  });

  it('is as a restored session would have it', () => {
    const { seen, policy } = counting(() => ({ n: 5n, z: -0 }));
    judgeAll(aSet([policy]), [call(), call()]);
    expect(seen[1]).toEqual({ n: 5, z: 0 });
  });
});

describe('a recorded verdict', () => {
  const asked: string[] = [];
  const policy = aPolicy('slow', () => {
    asked.push('slow');
    return { effect: 'allow' };
  });
  const timeout: Verdict = faultVerdict(policy.head, { code: 'timeout', message: 'no answer within 100 ms' });
  const recording = (verdict: Verdict, identity?: string): RecordedVerdicts => ({
    byPolicy: new Map([[verdict.policy, verdict]]),
    ...(identity === undefined ? undefined : { identity }),
  });
  const { identity } = printOf(eventAt(0, call()));

  it('is taken instead of asking, and marked', () => {
    asked.length = 0;
    const decision = decide(aSet([policy, ALLOW]), call(), recording(timeout, identity));
    expect(decision).toMatchObject({ effect: 'deny', error: { code: 'timeout' } });
    expect(decision.verdicts).toMatchObject([{ policy: 'slow', recorded: true }, { policy: 'allow' }]);
    expect(decision.verdicts[1]).not.toHaveProperty('recorded');
    expect(asked).toEqual([]);
  });

  it.each<readonly [string, RecordedVerdicts]>([
    ['another version of the policy', recording({ ...timeout, version: 'sha256:older' }, identity)],
    ['another policy', recording({ ...timeout, policy: 'other' }, identity)],
    ['another content under the same id', recording(timeout, `sha256:${'0'.repeat(64)}`)],
  ])('of %s is not taken', (_, recorded) => {
    expect(decide(aSet([policy]), call(), recorded)).toMatchObject({ effect: 'allow' });
  });

  it('is taken in the mode that the policy has now', () => {
    const shadow = { ...policy, head: { ...policy.head, mode: 'shadow' as const } };
    const decision = decide(aSet([ALLOW, shadow]), call(), recording(timeout, identity));
    expect(decision).toMatchObject({ effect: 'allow', verdicts: [{}, { mode: 'shadow', recorded: true }] });
  });

  it('that refuses the whole event asks nobody, and looks for no facts', () => {
    const refusal = { code: 'worker_died', message: 'the worker died twice over this event' } as const;
    const set = aSet([policy], { findFacts: () => raise(new Error('what the worker died over')) });
    asked.length = 0;
    const decision = decide(set, call(), { byPolicy: new Map(), refusal });
    expect(decision).toMatchObject({ effect: 'deny', error: refusal, verdicts: [], session: { seq: 1 } });
    expect(asked).toEqual([]);
  });
});

function raise(thrown: unknown): never {
  throw thrown;
}
