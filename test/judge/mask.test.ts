import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type Json } from '../../src/domain/json.ts';
import { MASKED, type MaskOptions, maskForAudit } from '../../src/judge/mask.ts';
import { valueArb } from './patch-cases.ts';

const OPTIONS: MaskOptions = { maskKeys: ['password', 'secret', 'token', 'key'], maxStringLength: 10 };

function maskDigits(text: string): string {
  return text.replaceAll(/\d{3,}/g, '<n>');
}

function mask(value: Json, options: MaskOptions = OPTIONS): Json {
  return maskForAudit(value, options, maskDigits);
}

describe('members named like a mask key', () => {
  const hidden: [string, Json][] = [
    ['password', 'hunter2'],
    ['PassWord', 'hunter2'],
    ['db_password_old', ''],
    ['apiKey', 1],
    ['keys', ['a', 'b']],
    ['secret', { nested: { deep: 1 } }],
    ['token', null],
    ['TOKEN', 12345678901234567890n],
    ['x-secret-y', false],
  ];
  it.each(hidden)('are hidden whole: %s', (key, value) => {
    expect(mask({ before: 1, [key]: value, after: 'a' })).toEqual({ before: 1, [key]: MASKED, after: 'a' });
  });

  it('are hidden at every depth', () => {
    expect(mask([{ a: [{ token: 't', b: 1 }] }])).toEqual([{ a: [{ token: MASKED, b: 1 }] }]);
  });

  it('leave others alone', () => {
    const value = { pass: 'a', toke: 'b', k: 'c', ke_y: 'd' };
    expect(mask(value)).toBe(value);
  });

  it('follow the options they are given, not those of an earlier call', () => {
    const other: MaskOptions = { maskKeys: ['pin'], maxStringLength: 10 };
    expect(mask({ pin: 1, token: 2 }, other)).toEqual({ pin: MASKED, token: 2 });
    expect(mask({ pin: 1, token: 2 })).toEqual({ pin: 1, token: MASKED });
  });

  it('are still told apart after more names than a memo holds', () => {
    for (let i = 0; i < 10_000; i++) mask({ [`name${i % 7}x${i}`]: 1 });
    expect(mask({ name: 1, token: 2, [`token${'x'.repeat(100)}`]: 3 }, { ...OPTIONS, maxStringLength: 200 })).toEqual({
      name: 1,
      token: MASKED,
      [`token${'x'.repeat(100)}`]: MASKED,
    });
  });
});

describe('texts', () => {
  const texts: [string, string][] = [
    ['', ''],
    ['exactly 10', 'exactly 10'],
    ['exactly 11!', 'exactly 11…(+1 chars)'],
    ['call 555', 'call <n>'],
    ['123456789012345', '<n>'],
    // The number lies across the cut: it is found before the text is cut.
    ['12345678 9999999', '<n> <n>'],
    ['abcdefgh 12345', 'abcdefgh <…(+2 chars)'],
    // A cut between the halves of a pair would leave a lone surrogate.
    ['123 abcde🙂z', '<n> abcde…(+3 chars)'],
    ['abcdefgh🙂', 'abcdefgh🙂'],
  ];
  it.each(texts)('%j becomes %j', (text, expected) => {
    expect(mask(text)).toBe(expected);
    expect(mask([[text]])).toEqual([[expected]]);
    expect(mask({ a: text })).toEqual({ a: expected });
  });

  it('in member names are masked and cut too', () => {
    const long = 'n'.repeat(300);
    expect(mask({ 'tel of a friend 5551234': 1, [long]: 2 })).toEqual({
      'tel of a friend <n>': 1,
      [`${'n'.repeat(256)}…(+44 chars)`]: 2,
    });
  });

  it('in member names that are masked alike stay apart', () => {
    expect(mask({ 111: 1, 222: 2, 333: 3 })).toEqual({ '<n>': 1, '<n>#1': 2, '<n>#2': 3 });
    expect(mask({ 'n 111': 1, 'n <n>': 2 })).toEqual({ 'n <n>': 1, 'n <n>#1': 2 });
  });

  it('follow the masking they are given, not that of an earlier call', () => {
    expect(maskForAudit({ ab: 'ab' }, OPTIONS, (text) => text.toUpperCase())).toEqual({ AB: 'AB' });
    expect(mask({ ab: 'ab' })).toEqual({ ab: 'ab' });
  });
});

describe('what needs no change', () => {
  const scalars: Json[] = [null, true, 0, -1.5, 12345678901234567890n, 'short', [], {}];
  it.each(scalars)('is given back: case %#', (value) => {
    expect(mask(value)).toBe(value);
  });

  it('is the same reference beside what changes', () => {
    const kept = { a: [1, 'x'], b: null };
    const value = { kept, list: [kept, 'call 555'] };
    const masked = mask(value);
    expect(masked).toEqual({ kept, list: [kept, 'call <n>'] });
    expect(isJsonObject(masked) && masked.kept).toBe(kept);
    expect(value.list[1]).toBe('call 555');
  });

  it('costs one walk, however deep the change lies', () => {
    let calls = 0;
    let value: Json = 'call 555';
    for (let depth = 0; depth < 60; depth++) value = { a: value };
    maskForAudit(value, { ...OPTIONS }, (text) => {
      calls++;
      return maskDigits(text);
    });
    expect(calls).toBe(2);
  });
});

describe('any value', () => {
  it('shows no hidden member, no secret and no long text, and is left as it was', () => {
    const property = fc.property(valueArb, fc.string({ minLength: 12 }), (value, text) => {
      const whole = { data: [value, { token: value, text }], number: 'call 5551234' };
      const before = structuredClone(whole);
      const masked = mask(whole);
      expect(whole).toEqual(before);
      expect(masked).toEqual({ data: [mask(value), { token: MASKED, text: mask(text) }], number: 'call <n>' });
      expect(String(mask(text)).length).toBeLessThanOrEqual(10 + `…(+${text.length} chars)`.length);
    });
    fc.assert(property, { seed: 42, numRuns: 300 });
  });
});
