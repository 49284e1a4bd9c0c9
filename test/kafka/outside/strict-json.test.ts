import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/codec/json-text.ts';
import type { Json } from '../../../src/domain/json.ts';
import { canonicalText, readStrictJson } from './strict-json.ts';

const LIMITS = { maxJsonDepth: 64, maxJsonValues: 1000 };

describe("the checker's own JSON", () => {
  it("has the canonical form of Tollgate's, which it shares no code with", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const reading = readStrictJson(JSON.stringify(value), { maxJsonDepth: 1000, maxJsonValues: 1e6 });
        expect(canonicalText(reading?.value ?? null)).toBe(canonicalJson(value as Json));
      }),
      { seed: 20_260_302, numRuns: 500 },
    );
  });

  it.each([
    ['{"b":1.0,"a":[-0,1e21,1E-7,100000000000000000000]}', '{"a":[0,1e+21,1e-7,100000000000000000000],"b":1}'],
    [
      '{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}',
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    ],
    [' "\\/\\u0041\\n" ', '"/A\\n"'],
  ])('%s in canonical form', (text, canonical) => {
    expect(canonicalText(readStrictJson(text, LIMITS)?.value ?? null)).toBe(canonical);
  });

  it.each([
    '',
    '{',
    '[1,]',
    '{"a" 1}',
    '01',
    '1.',
    '+1',
    'nul',
    '"\n"',
    '"\\x"',
    '1 2',
    '[1]]',
    '{"a":1,}',
    '\ufeff1',
    'NaN',
  ])('does not take %j', (text) => expect(readStrictJson(text, LIMITS)).toBeUndefined());

  it.each([
    ['{"a":1,"a":1}', 'duplicate_key'],
    ['{"__proto__":1}', 'forbidden_key'],
    ['"\\ud800"', 'lone_surrogate'],
    ['[1e400]', 'number_out_of_range'],
    ['[1e-400]', 'number_out_of_range'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'too_deep'],
    [JSON.stringify(Array(1000).fill(0)), 'too_many_values'],
  ])('%s has a fault', (text, fault) => {
    expect([...(readStrictJson(text, LIMITS)?.faults ?? [])]).toEqual([fault]);
  });

  it.each([`${'['.repeat(64)}${']'.repeat(64)}`, JSON.stringify(Array(999).fill(0)), '[0e400, 9007199254740993]'])(
    'takes what is just within the limits (%#)',
    (text) => expect(readStrictJson(text, LIMITS)?.faults).toEqual(new Set()),
  );
});
