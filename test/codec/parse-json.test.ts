import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonLimits } from '../../src/codec/json-scan.ts';
import { jsonText } from '../../src/codec/json-text.ts';
import { parseJson } from '../../src/codec/parse-json.ts';
import { RejectedInput } from '../../src/codec/rejected-input.ts';
import type { Json } from '../../src/domain/json.ts';
import { bytesOf, LIMITS, utf8 } from './given.ts';
import { arbitraryJson } from './json-arbitrary.ts';

const parse = (text: string, limits: JsonLimits = LIMITS) => parseJson(utf8(text), limits);

describe('parseJson', () => {
  test.each([
    ['null', null],
    [' {"a" : [ 1 , 2.5 , -0.0 , "x" , true , false , null ] }\r\n', { a: [1, 2.5, -0, 'x', true, false, null] }],
    ['"\\ud83d\\ude00 \\u00e9 \\\\ud800 \\" \\/"', '😀 é \\ud800 " /'],
    ['{"größe":"日本 😀"}', { größe: '日本 😀' }],
    ['{"constructor":1,"toString":2,"hasOwnProperty":3}', { constructor: 1, toString: 2, hasOwnProperty: 3 }],
    ['{"a":{"x":1},"b":{"x":1}}', { a: { x: 1 }, b: { x: 1 } }],
    ['["a:b","{","}",",","\\"","\\\\"]', ['a:b', '{', '}', ',', '"', '\\']],
    ['["__proto__"]', ['__proto__']],
    ['[5e-324,-1.7976931348623157e308,0e999,-0.0e-999]', [5e-324, -1.7976931348623157e308, 0, -0]],
  ] as const)('reads %s', (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  test.each([
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['12345678901234567890123', 12345678901234567890123n],
    [`1${'0'.repeat(308)}`, 10n ** 308n],
    ['9007199254740993.0', 9007199254740992],
    ['9007199254740993e0', 9007199254740992],
    ['1e21', 1e21],
    ['0.1234567890123456789', 0.12345678901234568],
  ])('keeps the digits of integers, and only of integers: %s', (text, value) => {
    expect(parse(text)).toBe(value);
    expect(parse(`{"a":[${text}]}`)).toEqual({ a: [value] });
  });

  test('takes a document of exactly the limits, and refuses one more of each', () => {
    const limits = { maxBytes: 14, maxDepth: 3, maxValues: 5 };
    expect(parse('{"a":[[1],2]} ', limits)).toEqual({ a: [[1], 2] });
    expect(() => parse('{"a":[[1],2]}  ', limits)).toThrow(expect.objectContaining({ code: 'too_large' }));
    expect(() => parse('[[[[1]]]]', limits)).toThrow(expect.objectContaining({ code: 'too_deep' }));
    expect(() => parse('[0,1,2,3,4]', limits)).toThrow(expect.objectContaining({ code: 'too_many_values' }));
  });

  test('checks depth before anything is parsed, whatever follows', () => {
    expect(() => parse(`${'['.repeat(65)} not JSON at all`)).toThrow(expect.objectContaining({ code: 'too_deep' }));
  });

  test('gives back what jsonText wrote', () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        expect(parse(jsonText(value))).toEqual(value);
      }),
      { seed: 42, numRuns: 500 },
    );
  });

  test('finds a member that is there twice wherever it is', () => {
    fc.assert(
      fc.property(arbitraryJson, arbitraryJson, fc.string({ unit: 'binary' }), (first, second, name) => {
        fc.pre(name !== '__proto__');
        const key = JSON.stringify(name);
        const text = `[{"":{${key}:${jsonText(first)},"other ${key.slice(1)}:0,${key}:${jsonText(second)}}}]`;
        expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'duplicate_key' }));
      }),
      { seed: 42 },
    );
  });

  test('takes nothing that the grammar refuses, and changes nothing that it takes', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"',
      '\\',
      '1',
      '-',
      '0',
      'e1',
      '.5',
      'null',
      'tru',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const text = tokens.join('');
        const strict = outcome(() => parse(text), RejectedInput);
        const native = outcome(() => JSON.parse(text) as Json, SyntaxError);
        if (native === undefined) expect(strict).toBeUndefined();
        if (strict !== undefined) expect(strict).toEqual(native);
      }),
      { seed: 42, numRuns: 5000 },
    );
  });

  test('throws RejectedInput and nothing else for any bytes', () => {
    const broken = fc.tuple(arbitraryJson, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([value, place, byte]) => {
      const bytes = bytesOf(Buffer.from(jsonText(value)).toString('latin1'));
      bytes[place % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 64 })), (bytes) => {
        outcome(() => parseJson(bytes, LIMITS), RejectedInput);
      }),
      { seed: 42, numRuns: 2000 },
    );
  });
});

/** The value in a box, or undefined for an error of class `refusal`; anything else that is thrown goes on. */
function outcome(
  read: () => Json,
  refusal: typeof RejectedInput | typeof SyntaxError,
): { readonly value: Json } | undefined {
  try {
    return { value: read() };
  } catch (thrown) {
    if (thrown instanceof refusal) return undefined;
    throw thrown;
  }
}
