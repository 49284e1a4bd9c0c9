import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../src/codec/json-text.ts';
import type { Json } from '../../src/domain/json.ts';
import { BUILTINS } from '../../src/wasm/opa/builtins.ts';

const CONTEXT = { nowMs: 1_763_715_060_123, seed: 'event-1' };

function call(name: string, operands: readonly Json[], context = CONTEXT): Json {
  const builtin = BUILTINS.get(name);
  if (builtin === undefined) throw new Error(`no builtin ${name}`);
  return builtin(operands, context);
}

/** Cases under their call's text: a bigint has no `%j`. */
function titled<T extends readonly [string, readonly Json[], ...Json[]]>(cases: readonly T[]): [string, T][] {
  return cases.map((entry) => [`${entry[0]} ${jsonText(entry[1])}`, entry]);
}

describe('a builtin answers as OPA does', () => {
  const cases: readonly (readonly [string, readonly Json[], Json])[] = [
    ['crypto.sha256', [''], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['crypto.sha1', ['abc'], 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['crypto.md5', ['abc'], '900150983cd24fb0d6963f7d28e17f72'],
    // RFC 4231, test case 2.
    [
      'crypto.hmac.sha256',
      ['what do ya want for nothing?', 'Jefe'],
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    ['crypto.hmac.equal', ['a', 'a'], true],
    ['crypto.hmac.equal', ['a', 'ab'], false],
    ['hex.encode', ['aé'], '61c3a9'],
    ['hex.decode', ['61C3A9'], 'aé'],
    ['base64url.encode_no_pad', ['a?~'], 'YT9-'],
    ['urlquery.encode', ["a b/c!'~é"], 'a+b%2Fc%21%27~%C3%A9'],
    ['urlquery.decode', ['a+b%2Fc'], 'a b/c'],
    ['glob.quote_meta', ['*.github.com'], '\\*.github.com'],
    ['strings.any_prefix_match', ['/etc/x', ['/usr', '/etc']], true],
    ['strings.any_prefix_match', [['a', 'b'], 'c'], false],
    ['strings.any_suffix_match', [['x.rs', 'x.ts'], '.ts'], true],
    ['strings.count', ['banana', 'an'], 2],
    ['strings.count', ['aé', ''], 3],
    ['indexof_n', ['😀a😀a', 'a'], [1, 3]],
    ['indexof_n', ['aaa', 'aa'], [0, 1]],
    ['numbers.range_step', [1, 10, 4], [1, 5, 9]],
    ['numbers.range_step', [3, 1, 1], [3, 2, 1]],
    ['semver.is_valid', ['v1.2.3-rc.1+b5'], true],
    ['semver.is_valid', ['1.02.3'], false],
    ['semver.is_valid', [5], false],
    ['semver.compare', ['1.0.0-alpha.9', '1.0.0-alpha.10'], -1],
    ['semver.compare', ['1.0.0', '1.0.0-rc.1'], 1],
    ['semver.compare', ['1.0.0+a', '1.0.0+b'], 0],
    ['time.now_ns', [], 1_763_715_060_123_000_000n],
    ['time.parse_rfc3339_ns', ['1970-01-01T00:00:00.000000001Z'], 1],
    ['time.parse_rfc3339_ns', ['2025-11-21T09:51:00.123+01:00'], 1_763_715_060_123_000_000n],
    ['time.parse_duration_ns', ['1h30m'], 5_400_000_000_000],
    ['time.parse_duration_ns', ['-2ms'], -2_000_000],
    ['time.date', [1_763_715_060_123_000_000n], [2025, 11, 21]],
    ['time.clock', [[1_763_715_060_123_000_000n, 'UTC']], [8, 51, 0]],
    ['time.weekday', [0], 'Thursday'],
    ['time.weekday', [-1], 'Wednesday'],
    ['time.add_date', [0, 1, 1, 30], 36_806_400_000_000_000n],
    ['sprintf', ['%s is %d of %v%%', ['a', 5, 10.5]], 'a is 5 of 10.5%'],
    ['sprintf', ['%v %v %v', [{ a: [1, 'x', null] }, true, 'bare']], '{"a": [1, "x", null]} true bare'],
    [
      'sprintf',
      ['%05d|%-5s|%5s|%+d|% d|%x|%X|%o|%b', [42, 'ab', 'cd', 1, 1, 255, 255, 8, 5]],
      '00042|ab   |   cd|+1| 1|ff|FF|10|101',
    ],
    ['sprintf', ['%.2f|%8.1f|%.0f|%.3s|%q', [1.005, 2.25, 1.5, 'abcdef', 'q"q']], '1.00|     2.2|2|abc|"q\\"q"'],
    ['sprintf', ['%v %v %v', [1e21, 1e-5, 123456789123456789123n]], '1e+21 1e-05 123456789123456789123'],
    ['sprintf', ['%d %s %s', ['x', 5]], '%!d(string=x) %!s(int64=5) %!s(MISSING)'],
    ['sprintf', ['hi', ['there', 1]], 'hi%!(EXTRA string=there, int64=1)'],
  ];
  it.each(titled(cases))('%s', (_title, [name, operands, expected]) => {
    expect(call(name, operands)).toEqual(expected);
  });
});

describe('a builtin throws instead of being undefined', () => {
  const cases: readonly (readonly [string, readonly Json[]])[] = [
    ['crypto.sha256', [5]],
    ['hex.decode', ['6']],
    ['hex.decode', ['ff']],
    ['urlquery.decode', ['%ff']],
    ['strings.any_prefix_match', ['a', ['b', 1]]],
    ['indexof_n', ['a', '']],
    ['numbers.range_step', [1, 10, 0]],
    ['numbers.range_step', [0, 100_000_000, 1]],
    ['semver.compare', ['1.0', '1.0.0']],
    ['time.parse_rfc3339_ns', ['2025-02-30T00:00:00Z']],
    ['time.parse_rfc3339_ns', ['2025-01-01']],
    ['time.parse_rfc3339_ns', ['9999-01-01T00:00:00Z']],
    ['time.parse_duration_ns', ['1.5h']],
    ['time.parse_duration_ns', ['']],
    ['time.date', [1.5]],
    ['time.date', [[0, 'Europe/Vienna']]],
    ['time.clock', [2n ** 63n]],
    ['rand.intn', ['k', 1.5]],
    ['sprintf', ['%z', [1]]],
    ['sprintf', ['%e', [1]]],
    ['sprintf', ['%99999d', [1]]],
    ['sprintf', ['%[1]d', [1]]],
  ];
  it.each(titled(cases))('%s', (_title, [name, operands]) => {
    expect(() => call(name, operands)).toThrow(Error);
  });
});

describe('random builtins', () => {
  it('give the same value for the same event and key, and others for others', () => {
    expect(call('uuid.rfc4122', ['k'])).toBe(call('uuid.rfc4122', ['k']));
    expect(call('uuid.rfc4122', ['k'])).not.toBe(call('uuid.rfc4122', ['l']));
    expect(call('uuid.rfc4122', ['k'])).not.toBe(call('uuid.rfc4122', ['k'], { ...CONTEXT, seed: 'event-2' }));
    expect(call('uuid.rfc4122', ['k'])).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('stay within their bound and reach both its ends', () => {
    const seen = new Set<Json>();
    for (let i = 0; i < 200; i++) seen.add(call('rand.intn', [`k${i}`, -4]));
    expect([...seen].sort()).toEqual([0, 1, 2, 3]);
    expect(call('rand.intn', ['k', 0])).toBe(0);
  });
});

describe('properties', () => {
  const seed = { seed: 42 };

  it('hex and query encodings give back what they took', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(call('hex.decode', [call('hex.encode', [text])])).toBe(text);
        expect(call('urlquery.decode', [call('urlquery.encode', [text])])).toBe(text);
      }),
      seed,
    );
  });

  it('a time that is parsed has the date and clock that it was written with', () => {
    const dates = fc.date({ min: new Date('1700-01-01'), max: new Date('2200-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        const ns = call('time.parse_rfc3339_ns', [date.toISOString()]);
        expect(call('time.date', [ns])).toEqual([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]);
        expect(call('time.clock', [ns])).toEqual([date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]);
      }),
      seed,
    );
  });

  it('the order of versions is antisymmetric', () => {
    const version = fc
      .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.constantFrom('', '-a', '-a.1', '-1', '-10', '-b.2.x'))
      .map(([major, minor, patch, tail]) => `${major}.${minor}.${patch}${tail}`);
    fc.assert(
      fc.property(version, version, (first, second) => {
        const order = call('semver.compare', [first, second]) as number;
        expect(call('semver.compare', [second, first])).toBe(order === 0 ? 0 : -order);
        expect(order === 0).toBe(first === second);
      }),
      seed,
    );
  });
});
