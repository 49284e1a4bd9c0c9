import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Patch } from '../../src/domain/verdict.ts';
import { applyPatches } from '../../src/judge/apply-patches.ts';
import { memberAt } from '../../src/judge/json-pointer.ts';
import { replace } from './patch-cases.ts';

describe('applying a combined set', () => {
  it('shares all that no patch touches, and leaves the event as it was', () => {
    const params = { hit: { text: 'x', beside: { a: 1 } }, far: [1, { b: 2 }] };
    const root: JsonObject = { params, result: { r: 1 } };
    const before = structuredClone(root);
    const after = applyPatches(root, [replace('/params/hit/text', 'y')]);
    expect(after).toEqual({ params: { hit: { text: 'y', beside: { a: 1 } }, far: [1, { b: 2 }] }, result: { r: 1 } });
    expect(root).toEqual(before);
    expect(after.result).toBe(root.result);
    expect(memberAt(after.params ?? null, 'far')).toBe(params.far);
    expect(memberAt(memberAt(after.params ?? null, 'hit') ?? null, 'beside')).toBe(params.hit.beside);
  });

  it('is the same document when there is no patch', () => {
    const root: JsonObject = { params: {} };
    expect(applyPatches(root, [])).toBe(root);
  });

  it('places a shared value without writing into it', () => {
    const value: JsonObject = { v: 1 };
    const after = applyPatches({ params: { a: 1, b: 2 } }, [replace('/params/a', value), replace('/params/b', value)]);
    expect(after).toEqual({ params: { a: { v: 1 }, b: { v: 1 } } });
  });

  const foreign: [string, Patch][] = [
    ['no pointer', replace('params', 1)],
    ['the whole document', replace('', 1)],
    ['a missing member', replace('/params/absent', 1)],
    ['a missing parent', replace('/params/absent/a', 1)],
    ['a scalar parent', replace('/params/n/a', 1)],
    ['an array item to remove', { op: 'remove', path: '/params/list/0' }],
    ['an array item to add', { op: 'add', path: '/params/list/0', value: 1 }],
    ['no value', { op: 'replace', path: '/params/n' }],
  ];
  it.each(foreign)('throws on what no combined set holds: %s', (_, patch) => {
    expect(() => applyPatches({ params: { n: 1, list: [1] } }, [patch])).toThrow('does not apply');
  });
});
