import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/domain/decision.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Session } from '../../src/domain/session.ts';
import { effectRank } from '../../src/domain/verdict.ts';
import { foldEvent } from '../../src/judge/fold.ts';
import { nextDigest, printOf } from '../../src/judge/identity.ts';
import { type Judgement, judgeEvent } from '../../src/judge/judge-event.ts';
import { arbitraryHistory, arbitraryPolicies } from './arbitrary-history.ts';
import { aSet, deepFreeze, eventAt, type Given, JUDGE_LIMITS, judgeAll } from './history.ts';

const RUNS = { seed: 42, numRuns: 150 };

function decisionsOf(policies: readonly Policy[], history: readonly Given[]): Decision[] {
  return judgeAll(aSet(policies), history).judgements.flatMap((judgement) =>
    judgement.kind === 'decided' ? [judgement.decision] : [],
  );
}

describe('any history and any policies', () => {
  it('give the same judgements and the same session each time', () => {
    const property = fc.property(arbitraryPolicies, arbitraryHistory, (policies, history) => {
      expect(judgeAll(aSet(policies), history)).toEqual(judgeAll(aSet(policies), history));
    });
    fc.assert(property, RUNS);
  });

  it('leave the session and the event that were given as they were', () => {
    const property = fc.property(arbitraryPolicies, arbitraryHistory, (policies, history) => {
      let session: Session | undefined;
      for (const [n, given] of history.entries()) {
        const event = deepFreeze(eventAt(n, given));
        const judged: Judgement = judgeEvent(aSet(policies), deepFreeze(session), event, { onTurn: () => undefined });
        if (judged.kind === 'decided') session = judged.session;
      }
    });
    fc.assert(property, RUNS);
  });

  it('give one effect, whatever the order of the policies', () => {
    const property = fc.property(arbitraryPolicies, arbitraryHistory, (policies, history) => {
      const effects = (ordered: readonly Policy[]) => decisionsOf(ordered, history).map(({ effect }) => effect);
      expect(effects(policies.toReversed())).toEqual(effects(policies));
    });
    fc.assert(property, RUNS);
  });

  it('give no decision that is weaker than its strongest enforced verdict, and deny wherever a policy failed', () => {
    const property = fc.property(arbitraryPolicies, arbitraryHistory, (policies, history) => {
      for (const { effect, verdicts, error, patches } of decisionsOf(policies, history)) {
        const enforced = verdicts.filter((verdict) => verdict.mode === 'enforce');
        const strongest = Math.max(-1, ...enforced.map((verdict) => effectRank(verdict.effect)));
        expect(effectRank(effect)).toBeGreaterThanOrEqual(strongest);
        if (enforced.some((verdict) => verdict.error)) expect(error).toBeDefined();
        if (error) expect(effect).toBe('deny');
        if (effect === 'deny') expect(patches).toEqual([]);
      }
    });
    fc.assert(property, RUNS);
  });

  it('give a digest and a seq that depend on no policy', () => {
    const property = fc.property(arbitraryPolicies, arbitraryHistory, (policies, history) => {
      const folded = (some: readonly Policy[]) => decisionsOf(some, history).map(({ session }) => session);
      expect(folded(policies)).toEqual(folded([]));
    });
    fc.assert(property, RUNS);
  });

  it('give the digest that an independent fold of the identities gives', () => {
    const property = fc.property(arbitraryHistory, (history) => {
      let digest = '';
      for (const { session, inputIdentity } of decisionsOf([], history)) {
        if (session?.seq === 1) digest = '';
        digest = nextDigest(digest, inputIdentity ?? '');
        expect(session?.digest).toBe(digest);
      }
    });
    fc.assert(property, RUNS);
  });
});

describe('any fold', () => {
  const facts = (session: Session) => {
    const { calls, callsByTool, repeat, seq, tokens, costUsd, durationMs } = session;
    return {
      calls,
      byTool: [...callsByTool.values()].reduce((sum, n) => sum + n, 0),
      repeat,
      seq,
      tokens,
      costUsd,
      durationMs,
    };
  };

  it('keeps every fact within its bounds, and the clock from going back', () => {
    const property = fc.property(arbitraryHistory, (history) => {
      let session: Session | undefined;
      for (const [n, given] of history.entries()) {
        const event = eventAt(n, given);
        const next: Session = foldEvent(session, event, printOf(event), JUDGE_LIMITS);
        expect(next.clockMs).toBeGreaterThanOrEqual(Math.max(session?.clockMs ?? 0, event.occurredAtMs));
        expect(next.startedAtMs).toBeLessThanOrEqual(next.clockMs);
        const { calls, byTool, repeat, seq, tokens, costUsd, durationMs } = facts(next);
        expect(byTool).toBe(calls);
        expect(calls).toBeLessThanOrEqual(seq);
        expect(repeat.count).toBeLessThanOrEqual(calls);
        expect(Math.min(tokens, costUsd, durationMs)).toBeGreaterThanOrEqual(0);
        session = next;
      }
    });
    fc.assert(property, RUNS);
  });

  it('of events of the fleet grants nothing, ends nothing and sets no mode', () => {
    const property = fc.property(arbitraryHistory, (history) => {
      const fleet = history
        .map((given) => ({ ...given, trusted: false }))
        .filter(({ fields }) => isOfFleet(fields.type));
      const { session } = judgeAll(aSet([]), fleet);
      if (session === undefined) return;
      expect(session).toMatchObject({ approvals: [], ended: false });
      expect(session.mode).toBeUndefined();
    });
    fc.assert(property, RUNS);
  });
});

function isOfFleet(type: unknown): boolean {
  return type !== 'approval' && type !== 'mode_change' && type !== 'session_reset';
}
