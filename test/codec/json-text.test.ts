import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, jsonText } from '../../src/codec/json-text.ts';
import { parseJson } from '../../src/codec/parse-json.ts';
import { isJsonObject, type Json } from '../../src/domain/json.ts';
import { LIMITS, utf8 } from './given.ts';
import { arbitraryJson } from './json-arbitrary.ts';

const parse = (text: string) => parseJson(utf8(text), LIMITS);

describe('jsonText', () => {
  test('writes members in their order and a bigint as its digits', () => {
    expect(jsonText({ b: 1, a: [12345678901234567890n, { z: -9007199254740993n, y: 'x' }] })).toBe(
      '{"b":1,"a":[12345678901234567890,{"z":-9007199254740993,"y":"x"}]}',
    );
  });

  test('writes what JSON.stringify writes, with or without a bigint beside it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = value as Json;
        expect(jsonText(json)).toBe(JSON.stringify(json));
        expect(jsonText([json, 1n])).toBe(`[${JSON.stringify(json)},1]`);
      }),
      { seed: 42 },
    );
  });
});

/** RFC 8785, appendix B: a double's bits and its text. */
const NUMBERS = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
] as const;

describe('canonicalJson', () => {
  test.each(NUMBERS)('writes the double %s as %s', (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });

  test('writes the sample of RFC 8785, section 3.2.2', () => {
    const sample =
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
      '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}';
    expect(canonicalJson(parse(sample))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('sorts members by UTF-16 code units (RFC 8785, section 3.2.3)', () => {
    const sample = { '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, ö: 7 };
    expect(canonicalJson(sample)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"\u{1f600}":5,"\ufb33":3}');
  });

  test('sorts indexes as texts, in objects of every size', () => {
    const names = Array.from({ length: 300 }, (_, index) => String(index));
    const object = Object.fromEntries(names.map((name) => [name, 0]));
    expect(Object.keys(object)).not.toEqual([...names].sort());
    expect(canonicalJson(object)).toBe(
      `{${[...names]
        .sort()
        .map((name) => `"${name}":0`)
        .join(',')}}`,
    );
  });

  test('escapes control characters in the short form where there is one, and nothing else', () => {
    expect(canonicalJson('\b\t\n\f\r"\\')).toBe('"\\b\\t\\n\\f\\r\\"\\\\"');
    expect(canonicalJson('\u0000\u001f\u007f\u2028\u2029/\u{1f600}')).toBe(
      '"\\u0000\\u001f\u007f\u2028\u2029/\u{1f600}"',
    );
  });

  test('keeps the digits of long integers', () => {
    expect(canonicalJson({ a: 123456789012345678901234567890n, b: -9007199254740993n })).toBe(
      '{"a":123456789012345678901234567890,"b":-9007199254740993}',
    );
  });

  test('cuts nothing short, however deep or broad', () => {
    let deep: Json = 1;
    for (let level = 0; level < 500; level++) deep = { a: [deep] };
    expect(canonicalJson(deep)).toBe(`${'{"a":['.repeat(500)}1${']}'.repeat(500)}`);
    const broad = Array.from({ length: 20_000 }, (_, index) => index);
    expect(canonicalJson(broad)).toBe(`[${broad.join(',')}]`);
  });

  test('refuses what is no JSON instead of writing null', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow();
    expect(() => canonicalJson([Number.POSITIVE_INFINITY])).toThrow();
  });

  test('does not depend on the order of members', () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
      { seed: 42 },
    );
  });

  test('is the canonical form of what it says, also after another reader took it', () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(parse(text))).toBe(text);
      }),
      { seed: 42 },
    );
    // A double's digits come back as a bigint; the canonical form is the same.
    expect(parse(canonicalJson(1e20))).toBe(100000000000000000000n);
    expect(canonicalJson(parse(canonicalJson(1e20)))).toBe('100000000000000000000');
  });
});

function reversed(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(reversed);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
