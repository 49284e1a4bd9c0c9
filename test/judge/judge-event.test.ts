import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/domain/decision.ts';
import { EFFECTS } from '../../src/domain/verdict.ts';
import { printOf } from '../../src/judge/identity.ts';
import { denyUnfolded, judgeEvent } from '../../src/judge/judge-event.ts';
import type { PolicySet } from '../../src/judge/policy-set.ts';
import { aPolicy, aSet, call, control, eventAt, type Given, judgeAll, REVISION, step } from './history.ts';

const ALLOW = aPolicy('allow');

function decide(set: PolicySet, given: Given = call()): Decision {
  const judgement = judgeEvent(set, undefined, eventAt(0, given), { onTurn: () => undefined });
  if (judgement.kind !== 'decided') throw new Error('not decided');
  return judgement.decision;
}

describe('a decision', () => {
  it('repeats what names its event, and leaves out what the event does not have', () => {
    const ids = { call_id: 'c', run_id: 'r', step_id: 'st', tenant_id: 't', agent_id: 'a' };
    expect(decide(aSet([ALLOW]), call({}, { ...ids, occurred_at: '2026-03-02T08:00:00Z' }))).toMatchObject({
      eventId: 'e0',
      sessionId: 's1',
      type: 'tool_call',
      tool: 'shell',
      callId: 'c',
      runId: 'r',
      stepId: 'st',
      tenantId: 't',
      agentId: 'a',
      occurredAt: '2026-03-02T08:00:00Z',
    });
    expect(decide(aSet([ALLOW]), step()).tool).toBeUndefined();
  });

  it('names the revision, the identity, and what was folded', () => {
    const { identity } = printOf(eventAt(0, call()));
    const decision = decide(aSet([ALLOW]));
    expect(decision).toMatchObject({ policyRevision: REVISION, inputIdentity: identity, session: { seq: 1 } });
    expect(decision.session?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('has another id under another revision, and the same under the same', () => {
    const other = aSet([ALLOW], { revision: 'sha256:other' });
    expect(decide(aSet([ALLOW])).decisionId).toBe(decide(aSet([ALLOW])).decisionId);
    expect(decide(other).decisionId).not.toBe(decide(aSet([ALLOW])).decisionId);
  });

  it('has a verdict of each matching policy, in policy order: a deny cuts nothing short', () => {
    const policies = [
      aPolicy('first', { effect: 'deny', reason: 'no' }),
      aPolicy('other-tool', { effect: 'deny' }, { match: { tools: ['fetch'] } }),
      aPolicy('last', { effect: 'warn', reason: 'hm' }),
    ];
    const { effect, verdicts, reason } = decide(aSet(policies));
    expect(verdicts.map((verdict) => verdict.policy)).toEqual(['first', 'last']);
    expect({ effect, reason }).toEqual({ effect: 'deny', reason: 'no; hm' });
  });

  it('has the enforced identity only with patches: what the call is after them', () => {
    const patch = { op: 'replace', path: '/params/token', value: '[x]' } as const;
    const redact = aPolicy('r', { effect: 'redact', patches: [patch] });
    const { enforcedIdentity, patches } = decide(aSet([redact]), call({ token: 'secret', n: 1 }));
    expect(patches).toEqual([patch]);
    expect(enforcedIdentity).toBe(printOf(eventAt(0, call({ token: '[x]', n: 1 }))).identity);
    expect(decide(aSet([ALLOW])).enforcedIdentity).toBeUndefined();
  });

  it('asks policies with the session after the event was folded in', () => {
    const seen: number[] = [];
    const policy = aPolicy('p', ({ session }) => {
      seen.push(session.repeat.count);
      return { effect: 'allow' };
    });
    judgeAll(aSet([policy]), [call(), call(), call()]);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('tells whose turn it is before each policy that is asked, and when all have had theirs', () => {
    const turns: (number | undefined)[] = [];
    const policies = [ALLOW, aPolicy('other-tool', undefined, { match: { tools: ['fetch'] } }), ALLOW];
    judgeEvent(aSet(policies), undefined, eventAt(0, call()), { onTurn: (policy) => turns.push(policy) });
    expect(turns).toEqual([0, 2, undefined]);
  });
});

describe('without a matching policy', () => {
  const nobody = aPolicy('nobody', { effect: 'allow' }, { match: { tools: ['none'] } });

  it.each(EFFECTS)('the effect is the default effect, %s', (defaultEffect) => {
    const decision = decide(aSet([nobody], { defaultEffect }));
    expect(decision).toMatchObject({ effect: defaultEffect, verdicts: [], reasons: [] });
    expect(decision.reason).toBeUndefined();
  });

  it('a shadow verdict alone leaves the default effect', () => {
    const shadow = aPolicy('shadow', { effect: 'allow' }, { mode: 'shadow' });
    const { effect, verdicts } = decide(aSet([shadow]));
    expect(effect).toBe('deny');
    expect(verdicts).toMatchObject([{ policy: 'shadow', effect: 'allow', mode: 'shadow' }]);
  });

  it.each(['approval', 'mode_change', 'session_reset', 'session_end'])(
    'the authority’s own %s is allowed, whatever the default effect',
    (type) => {
      expect(decide(aSet([ALLOW]), control(type))).toMatchObject({ effect: 'allow', verdicts: [] });
    },
  );

  it('a session_end that the fleet writes, and a call on the control topic, have the default effect', () => {
    const nothing = aSet([nobody]);
    expect(decide(nothing, { fields: { type: 'session_end' }, trusted: false }).effect).toBe('deny');
    expect(decide(nothing, control('tool_call', { tool: 'shell' })).effect).toBe('deny');
  });
});

describe('a shadow verdict', () => {
  it('is written down and changes nothing else', () => {
    const shadow = aPolicy(
      'shadow',
      { effect: 'deny', reason: 'no', obligations: [{ kind: 'sandbox', value: 1 }], labels: { a: 'b' } },
      { mode: 'shadow' },
    );
    const alone = judgeAll(aSet([ALLOW]), [call()]);
    const beside = judgeAll(aSet([ALLOW, shadow]), [call()]);
    const [without, withShadow] = [alone.judgements[0], beside.judgements[0]];
    if (without?.kind !== 'decided' || withShadow?.kind !== 'decided') throw new Error('not decided');
    expect({ ...withShadow.decision, verdicts: [] }).toEqual({ ...without.decision, verdicts: [] });
    expect(withShadow.decision.verdicts).toHaveLength(2);
    expect(beside.session).toEqual(alone.session);
  });

  it('that fails changes nothing either', () => {
    const broken = aPolicy('broken', () => raise(new Error('x')), { mode: 'shadow' });
    const decision = decide(aSet([ALLOW, broken]));
    expect(decision).toMatchObject({
      effect: 'allow',
      verdicts: [{}, { effect: 'deny', error: { code: 'inspector_failed' } }],
    });
    expect(decision.error).toBeUndefined();
  });
});

describe('an event that is denied without being folded', () => {
  it('has a decision without session, and asks nobody', () => {
    const set = aSet([aPolicy('p', () => raise(new Error('asked')))]);
    const refusal = { code: 'session_limit', message: 'the partition has no room for another session' } as const;
    const decision = denyUnfolded(set, eventAt(0, call()), refusal);
    expect(decision).toMatchObject({ effect: 'deny', error: refusal, verdicts: [], reason: refusal.message });
    expect(decision.session).toBeUndefined();
    expect(decision.decisionId).toBe(denyUnfolded(set, eventAt(0, call()), refusal).decisionId);
    expect(decision.decisionId).not.toBe(decide(aSet([ALLOW])).decisionId);
  });
});

function raise(thrown: unknown): never {
  throw thrown;
}
