import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EFFECTS, type Effect, effectRank, type Patch, type Verdict } from '../../src/domain/verdict.ts';
import { mergeVerdicts } from '../../src/judge/merge.ts';
import { anEvent, aVerdict } from './event-builder.ts';
import { replace, shuffled } from './patch-cases.ts';

const IDENTITY = 'sha256:operation';
const EVENT = anEvent({ params: { text: 'secret', other: 'plain', list: [1] } });

function merge(verdicts: readonly Verdict[], defaultEffect: Effect) {
  return mergeVerdicts(verdicts, EVENT, IDENTITY, defaultEffect);
}

const patchArb = fc.constantFrom<Patch>(
  replace('/params/text', 'x'),
  replace('/params/text', 'y'),
  replace('/params/other', 'x'),
  { op: 'remove', path: '/params/list/0' },
  { op: 'add', path: '/params/new', value: 1 },
  replace('/params/absent', 1),
);
const verdictArb: fc.Arbitrary<Verdict> = fc
  .record(
    {
      effect: fc.constantFrom(...EFFECTS),
      mode: fc.constantFrom('enforce' as const, 'enforce' as const, 'shadow' as const),
      reason: fc.constantFrom('', 'r1', 'r2'),
      patches: fc.array(patchArb, { maxLength: 2 }),
      error: fc.constant({ code: 'trap', message: 'm' } as const),
      labels: fc.constant({ a: '1' }),
    },
    { requiredKeys: ['effect', 'mode'] },
  )
  .map((members) => aVerdict(members))
  .chain((made) => fc.constantFrom('a', 'b', 'c').map((policy) => ({ ...made, policy })));
const verdictsArb = fc.array(verdictArb, { maxLength: 5 });
const effectArb = fc.constantFrom(...EFFECTS);
const RUNS = { seed: 42, numRuns: 500 };

describe('any verdicts', () => {
  it('merge to one effect, one set of patches and one kind of error in every policy order', () => {
    const outcome = (verdicts: readonly Verdict[], defaultEffect: Effect) => {
      const { effect, patches, error, obligations } = merge(verdicts, defaultEffect);
      return {
        effect,
        patches: new Map(patches.map((p) => [p.path, p])),
        error: error?.code,
        asks: obligations.length,
      };
    };
    const property = fc.property(verdictsArb, effectArb, fc.nat(), (verdicts, defaultEffect, seed) => {
      const expected = outcome(verdicts, defaultEffect);
      expect(outcome(verdicts.toReversed(), defaultEffect)).toEqual(expected);
      expect(outcome(shuffled(verdicts, seed), defaultEffect)).toEqual(expected);
    });
    fc.assert(property, RUNS);
  });

  it('merge to no less than the strongest enforced verdict, and to no more but for a conflict', () => {
    const property = fc.property(verdictsArb, effectArb, (verdicts, defaultEffect) => {
      const enforced = verdicts.filter((each) => each.mode === 'enforce');
      const ranks = enforced.map((each) => effectRank(each.error ? 'deny' : each.effect));
      const strongest = ranks.length === 0 ? effectRank(defaultEffect) : Math.max(...ranks);
      const merged = merge(verdicts, defaultEffect);
      if (merged.error?.code === 'patch_conflict') expect(merged.effect).toBe('deny');
      else expect(effectRank(merged.effect)).toBe(strongest);
    });
    fc.assert(property, RUNS);
  });

  it('are denied as soon as one enforced verdict is a deny or an error', () => {
    const denialArb = fc.constantFrom<Partial<Verdict>>({ effect: 'deny' }, { error: { code: 'trap', message: 'm' } });
    const property = fc.property(verdictsArb, denialArb, fc.nat({ max: 5 }), (verdicts, denial, at) => {
      const merged = merge(verdicts.toSpliced(at, 0, aVerdict(denial)), 'allow');
      expect(merged).toMatchObject({ effect: 'deny', patches: [] });
    });
    fc.assert(property, RUNS);
  });

  it('are denied when a patch of an enforced verdict does not apply', () => {
    const bad = aVerdict({ effect: 'redact', patches: [replace('/params/absent', 1)] });
    const property = fc.property(verdictsArb, fc.nat({ max: 5 }), (verdicts, at) => {
      expect(merge(verdicts.toSpliced(at, 0, bad), 'allow')).toMatchObject({ effect: 'deny', patches: [] });
    });
    fc.assert(property, RUNS);
  });

  it('merge as if shadow verdicts were not there, and the same each time', () => {
    const property = fc.property(verdictsArb, effectArb, (verdicts, defaultEffect) => {
      const merged = merge(verdicts, defaultEffect);
      const enforced = verdicts.filter((each) => each.mode === 'enforce');
      expect(merge(enforced, defaultEffect)).toStrictEqual(merged);
      expect(merge(structuredClone(verdicts), defaultEffect)).toStrictEqual(merged);
    });
    fc.assert(property, RUNS);
  });
});
