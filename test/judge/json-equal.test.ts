import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { jsonEqual } from '../../src/judge/json-equal.ts';
import { valueArb } from './patch-cases.ts';

describe('JSON equality', () => {
  const different: [Json | undefined, Json | undefined][] = [
    [1, 1n],
    [1n, 2n],
    [[], {}],
    [{}, []],
    [null, undefined],
    [null, {}],
    [0, false],
    ['', null],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, 1]],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ constructor: 1 }, { other: 1 }],
  ];
  it.each(different)('tells the two values of row %# apart', (a, b) => {
    expect(jsonEqual(a, b)).toBe(false);
    expect(jsonEqual(b, a)).toBe(false);
  });

  it('holds between a value and its copy with members in reverse', () => {
    const reversed = (value: Json): Json => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(reversed);
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, member]: [string, Json]) => [key, reversed(member)]),
      );
    };
    fc.assert(
      fc.property(valueArb, (value) => jsonEqual(value, reversed(value))),
      { seed: 42 },
    );
  });
});
