import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Patch } from '../../src/domain/verdict.ts';
import { applyPatches } from '../../src/judge/apply-patches.ts';
import { combinePatches, MASK, type PatchSource, patchRoot } from '../../src/judge/patches.ts';
import { anEvent } from './event-builder.ts';
import { caseArb, replace, shuffled } from './patch-cases.ts';
import { applySequentially } from './rfc6902.ts';

const BIG = 12345678901234567890n;
const EVENT = anEvent({
  params: {
    text: 'mail a@b.c',
    list: ['x', 'y', { deep: 'z' }],
    'a/b': { 'm~n': 1 },
    '': 'empty',
    nothing: null,
    big: BIG,
  },
  result: { out: 'ok' },
  context: { step: { id: 1 } },
  material: { name: 'sbom', kind: 'SBOM', content: '{}' },
});

function one(policy: string, ...patches: Patch[]): PatchSource {
  return { policy, effect: 'redact', patches };
}

function combined(...sources: PatchSource[]): readonly Patch[] {
  const answer = combinePatches(sources, EVENT);
  if (answer.kind === 'conflict') throw new Error(answer.message);
  return answer.patches;
}

describe('a patch that addresses the event as it came', () => {
  const kept: [string, Patch][] = [
    ['replaces a member', replace('/params/text', 'x')],
    ['replaces an array item', replace('/params/list/1', 'x')],
    ['replaces below an array', replace('/params/list/2/deep', 'x')],
    ['replaces null', replace('/params/nothing', 1)],
    ['finds escaped names', replace('/params/a~1b/m~0n', 2)],
    ['finds the empty name', replace('/params/', 2)],
    ['keeps a bigint', replace('/params/text', BIG)],
    ['replaces params as a whole', replace('/params', {})],
    ['removes a member', { op: 'remove', path: '/params/text' }],
    ['removes the result as a whole', { op: 'remove', path: '/result' }],
    ['adds a member', { op: 'add', path: '/params/new', value: 1 }],
    ['adds over a member', { op: 'add', path: '/params/text', value: 1 }],
    ['adds below an array item', { op: 'add', path: '/params/list/2/new', value: [] }],
    ['reaches the context', replace('/context/step/id', 2)],
    ['reaches the material', replace('/material/content', '')],
  ];
  it.each(kept)('%s', (_, patch) => {
    expect(combined(one('p', patch))).toEqual([patch]);
  });

  it('adds a context to an event that has none', () => {
    const patch: Patch = { op: 'add', path: '/context', value: { a: 1 } };
    expect(combinePatches([one('p', patch)], anEvent())).toEqual({ kind: 'patches', patches: [patch] });
  });

  it('adds to the params of an event that came without any', () => {
    const patch: Patch = { op: 'add', path: '/params/a', value: 1 };
    expect(combinePatches([one('p', patch)], anEvent())).toEqual({ kind: 'patches', patches: [patch] });
  });

  it('removes an array item by null, so that no other item moves', () => {
    expect(
      combined(one('p', { op: 'remove', path: '/params/list/0' }, { op: 'remove', path: '/params/list/2' })),
    ).toEqual([replace('/params/list/0', null), replace('/params/list/2', null)]);
  });

  it('drops a value that a remove carries', () => {
    expect(combined(one('p', { op: 'remove', path: '/params/text', value: 'left over' }))).toEqual([
      { op: 'remove', path: '/params/text' },
    ]);
  });
});

describe('a patch that conflicts', () => {
  const refused: [string, Patch][] = [
    ['the tool', replace('/tool', 'x')],
    ['the session id', replace('/session_id', 'x')],
    ['usage', { op: 'add', path: '/usage', value: {} }],
    ['the whole event', replace('', {})],
    ['a name that begins like params', { op: 'add', path: '/params2', value: 1 }],
    ['a pointer without a slash', replace('params/text', 'x')],
    ['a pointer in URI fragment form', replace('#/params/text', 'x')],
    ['a bad escape', { op: 'add', path: '/params/~2', value: 1 }],
    ['a trailing tilde', { op: 'add', path: '/params/~', value: 1 }],
    ['a missing member to replace', replace('/params/absent', 1)],
    ['a missing member to remove', { op: 'remove', path: '/params/absent' }],
    ['a missing parent', { op: 'add', path: '/params/absent/a', value: 1 }],
    ['a scalar parent', { op: 'add', path: '/params/text/a', value: 1 }],
    ['a character of a string', replace('/params/text/0', 'x')],
    ['the length of an array', replace('/params/list/length', 0)],
    ['the length of a string', replace('/params/text/length', 0)],
    ['an array index with a leading zero', replace('/params/list/01', 'x')],
    ['a negative array index', replace('/params/list/-1', 'x')],
    ['an array index in another notation', replace('/params/list/1e0', 'x')],
    ['an array item behind the end', replace('/params/list/3', 'x')],
    ['add into an array', { op: 'add', path: '/params/list/0', value: 'x' }],
    ['add at the end of an array', { op: 'add', path: '/params/list/-', value: 'x' }],
    ['what objects inherit', replace('/params/constructor', 1)],
    ['below what objects inherit', { op: 'add', path: '/params/constructor/prototype/x', value: 1 }],
    ['a prototype', { op: 'add', path: '/params/__proto__', value: {} }],
    ['below a prototype', { op: 'add', path: '/params/__proto__/polluted', value: 1 }],
    ['replace without a value', { op: 'replace', path: '/params/text' }],
    ['add without a value', { op: 'add', path: '/params/new' }],
    ['another operation', { op: 'move' as 'add', path: '/params/new', value: 1 }],
  ];
  it.each(refused)('addresses %s', (_, patch) => {
    const answer = combinePatches([one('guard', patch)], EVENT);
    expect(answer.kind).toBe('conflict');
  });

  const overlaps: [string, Patch, Patch][] = [
    ['another value at one path', replace('/params/nothing', 1), replace('/params/nothing', 2)],
    ['a string and a number over one string', replace('/params/text', 'x'), replace('/params/text', 1)],
    ['replace and remove', replace('/params/text', 'x'), { op: 'remove', path: '/params/text' }],
    ['replace and add of one value', replace('/params/text', 'x'), { op: 'add', path: '/params/text', value: 'x' }],
    [
      'two strings that are added',
      { op: 'add', path: '/params/n', value: 'x' },
      { op: 'add', path: '/params/n', value: 'y' },
    ],
    ['a string over a removed item', { op: 'remove', path: '/params/list/0' }, replace('/params/list/0', 'x')],
    ['an ancestor', replace('/params', {}), replace('/params/list/2/deep', 'x')],
    ['a parent', { op: 'remove', path: '/params/list' }, replace('/params/list/0', 'x')],
    [
      'equal values of an ancestor and its child',
      replace('/params/a~1b', { 'm~n': 2 }),
      replace('/params/a~1b/m~0n', 2),
    ],
  ];
  it.each(overlaps)('overlaps: %s', (_, a, b) => {
    expect(combinePatches([one('a', a), one('b', b)], EVENT).kind).toBe('conflict');
    expect(combinePatches([one('b', b), one('a', a)], EVENT).kind).toBe('conflict');
    expect(combinePatches([one('c', a, b)], EVENT).kind).toBe('conflict');
  });

  it('names the pointer and the policies, and no value', () => {
    const sources = [
      one('pii', replace('/params/nothing', 'left')),
      one('budget', replace('/params/nothing', 'right')),
    ];
    const answer = combinePatches(sources, EVENT);
    expect(answer).toEqual({ kind: 'conflict', message: '/params/nothing: patches of "pii" and "budget" overlap' });
    expect(combinePatches([one('pii', replace('/params/absent', 'left'))], EVENT)).toEqual({
      kind: 'conflict',
      message: '/params/absent: the patch of policy "pii" does not apply: there is nothing to replace',
    });
  });

  it('does not repeat a long pointer', () => {
    const answer = combinePatches([one('p', replace(`/params/${'k'.repeat(5000)}`, 1))], EVENT);
    expect(answer.kind === 'conflict' && answer.message.length).toBeLessThan(400);
  });
});

describe('policies that patch the same place', () => {
  it('collapse when they want the same, whatever the order of members', () => {
    const a = replace('/params/text', { x: [1, BIG], y: null });
    const b = replace('/params/text', { y: null, x: [1, BIG] });
    expect(combined(one('a', a), one('b', b), one('c', a))).toEqual([a]);
  });

  it('mask a string that they redact differently, in the place of the first', () => {
    const other = replace('/params/list/0', 'q');
    const sources = [
      one('pii', replace('/params/text', 'mail [email]'), other),
      one('secrets', replace('/params/text', '[secret] a@b.c')),
    ];
    expect(combined(...sources)).toEqual([replace('/params/text', MASK), other]);
  });

  it('keep the mask when a third one agrees with the first', () => {
    const [x, y] = [replace('/params/text', 'x'), replace('/params/text', 'y')];
    expect(combined(one('a', x), one('b', y), one('c', x))).toEqual([replace('/params/text', MASK)]);
  });

  it('conflict when a third one removes what two mask', () => {
    const sources = [one('a', replace('/params/text', 'x')), one('b', replace('/params/text', 'y'))];
    const removal = one('c', { op: 'remove', path: '/params/text' });
    expect(combinePatches([...sources, removal], EVENT).kind).toBe('conflict');
    expect(combinePatches([removal, ...sources], EVENT).kind).toBe('conflict');
  });

  it.each(['allow', 'warn', 'ask'] as const)(
    'are no redactions when one of them says %s: two rewrites conflict',
    (effect) => {
      const rewrite: PatchSource = { policy: 'a', effect, patches: [replace('/params/text', 'x')] };
      const redaction = one('b', replace('/params/text', 'y'));
      expect(combinePatches([rewrite, redaction], EVENT)).toMatchObject({ kind: 'conflict' });
      expect(combinePatches([redaction, rewrite], EVENT)).toMatchObject({ kind: 'conflict' });
    },
  );

  it('come out in order of first appearance', () => {
    const [a, b, c] = [replace('/params/text', 'x'), replace('/result/out', 'y'), replace('/params/nothing', 'z')];
    expect(combined(one('1', b), one('2', a, b), one('3', c))).toEqual([b, a, c]);
  });

  it('do not overlap when one name begins like the other', () => {
    const event = anEvent({ params: { a: 1, ab: 2, 'a/b': 3 } });
    const patches = [replace('/params/a', 0), replace('/params/ab', 0), replace('/params/a~1b', 0)];
    expect(combinePatches([one('p', ...patches)], event)).toEqual({ kind: 'patches', patches });
  });
});

describe('any set of patches', () => {
  it('gives one document in every order of application, by RFC 6902 as well as here', () => {
    const seen = { patches: 0, several: 0 };
    const property = fc.property(caseArb, ({ payload, sources, seed }) => {
      const event = anEvent(payload);
      const answer = combinePatches(sources, event);
      if (answer.kind === 'conflict') return;
      seen.patches++;
      if (answer.patches.length > 1) seen.several++;
      const root = patchRoot(event);
      const before = structuredClone(root);
      const expected = applyPatches(root, answer.patches);
      expect(applyPatches(root, shuffled(answer.patches, seed))).toEqual(expected);
      expect(root).toEqual(before);
      const wire = { ...event.fields, params: event.params };
      for (const order of [answer.patches, answer.patches.toReversed(), shuffled(answer.patches, seed)]) {
        const after = applySequentially(wire, order);
        const { params, result, context } = after as JsonObject;
        const touched = Object.fromEntries(
          Object.entries({ params, result, context }).filter(([, v]) => v !== undefined),
        );
        expect(touched).toEqual(expected);
      }
    });
    fc.assert(property, { seed: 42, numRuns: 1000 });
    expect(seen.patches).toBeGreaterThan(150);
    expect(seen.several).toBeGreaterThan(100);
  });

  it('is the same set, or the same conflict, in every order of policies', () => {
    const seen = { patches: 0, conflict: 0 };
    const property = fc.property(caseArb, ({ payload, sources, seed }) => {
      const event = anEvent(payload);
      const asSet = (order: readonly PatchSource[]) => {
        const answer = combinePatches(order, event);
        return answer.kind === 'conflict' ? 'conflict' : new Map(answer.patches.map((patch) => [patch.path, patch]));
      };
      const answer = asSet(sources);
      seen[answer === 'conflict' ? 'conflict' : 'patches']++;
      expect(asSet(sources.toReversed())).toEqual(answer);
      expect(asSet(shuffled(sources, seed))).toEqual(answer);
    });
    fc.assert(property, { seed: 42, numRuns: 1000 });
    expect(Math.min(seen.patches, seen.conflict)).toBeGreaterThan(100);
  });
});
