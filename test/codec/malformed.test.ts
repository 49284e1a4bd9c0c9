import { describe, expect, test } from 'vitest';
import { decodeEvent } from '../../src/codec/decode-event.ts';
import type { RejectionCode } from '../../src/domain/errors.ts';
import { bytesOf, eventBytes, FLEET, LIMITS } from './given.ts';

/** An event up to its last member's value, so that a case is what stands there. */
const HEAD = '{"event_id":"e","type":"step","session_id":"s","occurred_at":0,"context":';

type Case = readonly [what: string, code: RejectionCode, bytes: Uint8Array | null];

const FRAMING: readonly Case[] = [
  ['no value', 'empty', null],
  ['no bytes', 'empty', bytesOf('')],
  ['white space only', 'invalid_json', bytesOf(' \n\t\r')],
  ['more bytes than allowed', 'too_large', bytesOf(`"${'x'.repeat(262_143)}"`)],
  ['a UTF-8 byte order mark', 'byte_order_mark', bytesOf([0xef, 0xbb, 0xbf], '{}')],
  ['a byte order mark alone', 'byte_order_mark', bytesOf([0xef, 0xbb, 0xbf])],
  ['UTF-16, little-endian', 'invalid_utf8', bytesOf([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
  ['UTF-16, big-endian', 'invalid_utf8', bytesOf([0xfe, 0xff, 0x00, 0x7b, 0x00, 0x7d])],
  ['UTF-16 without a mark', 'invalid_json', bytesOf([0x7b, 0x00, 0x7d, 0x00])],
  ['a NUL after the document', 'trailing_bytes', bytesOf(`${HEAD}{}}`, [0x00])],
  ['a second document', 'trailing_bytes', bytesOf(`${HEAD}{}}`, '{}')],
  ['a second document on its own line', 'trailing_bytes', bytesOf(`${HEAD}{}}`, '\n{}\n')],
  ['a closing brace too many', 'trailing_bytes', bytesOf(`${HEAD}{}}}`)],
  ['a comma after the document', 'trailing_bytes', bytesOf('{},')],
  ['text after a scalar', 'trailing_bytes', bytesOf('1 2')],
  ['a no-break space after the document', 'trailing_bytes', bytesOf('{}', [0xc2, 0xa0])],
  ['text after a broken document', 'invalid_json', bytesOf('{a} x')],
];

const UTF8: readonly Case[] = [
  ['a lone continuation byte', 'invalid_utf8', bytesOf(`${HEAD}{"a":"`, [0x80], '"}}')],
  ['a truncated two-byte sequence', 'invalid_utf8', bytesOf(`${HEAD}{"a":"`, [0xc3], '"}}')],
  ['a truncated four-byte sequence', 'invalid_utf8', bytesOf(`${HEAD}{"a":"`, [0xf0, 0x9f, 0x98], '"}}')],
  ['an overlong slash', 'invalid_utf8', bytesOf(`${HEAD}{"a":"`, [0xc0, 0xaf], '"}}')],
  ['an overlong NUL', 'invalid_utf8', bytesOf(`${HEAD}{"a":"`, [0xc0, 0x80], '"}}')],
  ['a surrogate in UTF-8', 'invalid_utf8', bytesOf(`${HEAD}{"a":"`, [0xed, 0xa0, 0x80], '"}}')],
  ['a surrogate pair in UTF-8', 'invalid_utf8', bytesOf('"', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], '"')],
  ['a code point beyond U+10FFFF', 'invalid_utf8', bytesOf(`${HEAD}{"a":"`, [0xf4, 0x90, 0x80, 0x80], '"}}')],
  ['Latin-1', 'invalid_utf8', bytesOf(`${HEAD}{"a":"gr`, [0xfc], 'n"}}')],
  ['an invalid byte in a member name', 'invalid_utf8', bytesOf(`${HEAD}{"`, [0xfe], '":1}}')],
];

const GRAMMAR: readonly Case[] = [
  ['NaN', 'invalid_json', bytesOf(`${HEAD}{"a":NaN}}`)],
  ['Infinity', 'invalid_json', bytesOf(`${HEAD}{"a":Infinity}}`)],
  ['-Infinity', 'invalid_json', bytesOf(`${HEAD}{"a":-Infinity}}`)],
  ['undefined', 'invalid_json', bytesOf(`${HEAD}{"a":undefined}}`)],
  ['True', 'invalid_json', bytesOf(`${HEAD}{"a":True}}`)],
  ['a literal with more letters', 'invalid_json', bytesOf(`${HEAD}{"a":nullx}}`)],
  ['a leading zero', 'invalid_json', bytesOf(`${HEAD}{"a":01}}`)],
  ['a leading plus', 'invalid_json', bytesOf(`${HEAD}{"a":+1}}`)],
  ['a point without digits after it', 'invalid_json', bytesOf(`${HEAD}{"a":1.}}`)],
  ['a point without digits before it', 'invalid_json', bytesOf(`${HEAD}{"a":.5}}`)],
  ['an exponent without digits', 'invalid_json', bytesOf(`${HEAD}{"a":1e}}`)],
  ['a minus alone', 'invalid_json', bytesOf(`${HEAD}{"a":-}}`)],
  ['a hexadecimal number', 'invalid_json', bytesOf(`${HEAD}{"a":0x10}}`)],
  ['a long hexadecimal number', 'invalid_json', bytesOf(`${HEAD}{"a":0x1fffffffffffffff}}`)],
  ['a number with separators', 'invalid_json', bytesOf(`${HEAD}{"a":1_000}}`)],
  ['a trailing comma in an object', 'invalid_json', bytesOf(`${HEAD}{"a":1,}}`)],
  ['a trailing comma in an array', 'invalid_json', bytesOf(`${HEAD}[1,]}`)],
  ['a hole in an array', 'invalid_json', bytesOf(`${HEAD}[1,,2]}`)],
  ['a missing comma', 'invalid_json', bytesOf(`${HEAD}{"a":1 "b":2}}`)],
  ['a missing colon', 'invalid_json', bytesOf(`${HEAD}{"a" 1}}`)],
  ['a bare member name', 'invalid_json', bytesOf(`${HEAD}{a:1}}`)],
  ['single quotes', 'invalid_json', bytesOf(`${HEAD}{'a':1}}`)],
  ['a comment', 'invalid_json', bytesOf(`${HEAD}{}/* x */}`)],
  ['mixed brackets', 'invalid_json', bytesOf(`${HEAD}[1}}`)],
  ['an open string', 'invalid_json', bytesOf(`${HEAD}{"a":"b`)],
  ['a string that ends in a backslash', 'invalid_json', bytesOf(`${HEAD}{"a":"b\\`)],
  ['an open object', 'invalid_json', bytesOf(`${HEAD}{`)],
  ['a closing bracket first', 'invalid_json', bytesOf(']')],
  ['a raw line feed in a string', 'invalid_json', bytesOf(`${HEAD}{"a":"`, [0x0a], '"}}')],
  ['a raw NUL in a string', 'invalid_json', bytesOf(`${HEAD}{"a":"`, [0x00], '"}}')],
  ['an unknown escape', 'invalid_json', bytesOf(`${HEAD}{"a":"\\x41"}}`)],
  ['a \\u escape of three digits', 'invalid_json', bytesOf(`${HEAD}{"a":"\\u12"}}`)],
  ['a \\u escape with a letter', 'invalid_json', bytesOf(`${HEAD}{"a":"\\u12g4"}}`)],
];

const MEANING: readonly Case[] = [
  ['a member twice', 'duplicate_key', bytesOf('{"event_id":"e","event_id":"e"}')],
  ['a member twice with two values', 'duplicate_key', bytesOf(`${HEAD}{"a":1,"a":2}}`)],
  ['a member twice, spelled in two ways', 'duplicate_key', bytesOf(`${HEAD}{"a":1,"\\u0061":1}}`)],
  ['an empty member name twice', 'duplicate_key', bytesOf(`${HEAD}{"":1,"":1}}`)],
  ['a member twice deep inside', 'duplicate_key', bytesOf(`${HEAD}{"a":[[{"b":{"c":0,"d":0,"c":0}}]]}}`)],
  [
    'a member twice beside a long integer',
    'duplicate_key',
    bytesOf(`${HEAD}{"a":9007199254740993,"a":9007199254740993}}`),
  ],
  ['an index as a member twice', 'duplicate_key', bytesOf(`${HEAD}{"0":1,"1":1,"0":1}}`)],
  ['a member named __proto__', 'forbidden_key', bytesOf(`${HEAD}{"__proto__":{"trusted":true}}}`)],
  ['__proto__ at the top', 'forbidden_key', bytesOf('{"__proto__":null}')],
  ['__proto__ spelled with an escape', 'forbidden_key', bytesOf(`${HEAD}{"\\u005f_proto__":1}}`)],
  ['__proto__ beside a long integer', 'forbidden_key', bytesOf(`${HEAD}{"a":9007199254740993,"__proto__":1}}`)],
  ['half a pair in a value', 'lone_surrogate', bytesOf(`${HEAD}{"a":"\\ud800"}}`)],
  ['half a pair in a member name', 'lone_surrogate', bytesOf(`${HEAD}{"\\uDFFF":1}}`)],
  ['a pair in the wrong order', 'lone_surrogate', bytesOf(`${HEAD}{"a":"\\ude00\\ud83d"}}`)],
  ['two first halves', 'lone_surrogate', bytesOf(`${HEAD}{"a":"\\ud83d\\ud83d\\ude00"}}`)],
  ['a first half before a plain character', 'lone_surrogate', bytesOf(`${HEAD}{"a":"\\ud83dude00"}}`)],
  ['a first half after an escaped backslash', 'lone_surrogate', bytesOf(`${HEAD}{"a":"\\\\\\ud83d"}}`)],
  ['an exponent beyond a double', 'number_out_of_range', bytesOf(`${HEAD}{"a":1e999}}`)],
  ['a negative one', 'number_out_of_range', bytesOf(`${HEAD}{"a":-1E+309}}`)],
  ['just beyond the largest double', 'number_out_of_range', bytesOf(`${HEAD}{"a":1.7976931348623159e308}}`)],
  ['an underflow to zero', 'number_out_of_range', bytesOf(`${HEAD}{"a":1e-999}}`)],
  ['a negative underflow', 'number_out_of_range', bytesOf(`${HEAD}{"a":-0.1e-400}}`)],
  ['an underflow without an exponent', 'number_out_of_range', bytesOf(`${HEAD}{"a":0.${'0'.repeat(400)}1}}`)],
  ['an integer of 400 digits', 'number_out_of_range', bytesOf(`${HEAD}{"a":${'9'.repeat(400)}}}`)],
  ['65 levels', 'too_deep', bytesOf('['.repeat(65), ']'.repeat(65))],
  ['65 levels of objects', 'too_deep', bytesOf('{"a":'.repeat(65), '0', '}'.repeat(65))],
  ['100,000 opening brackets', 'too_deep', bytesOf('['.repeat(100_000))],
  ['more values than allowed', 'too_many_values', bytesOf(`[${'0,'.repeat(49_999)}0]`)],
  ['more empty objects than allowed', 'too_many_values', bytesOf(`[${'{},'.repeat(49_999)}{}]`)],
];

const EVENTS: readonly Case[] = [
  ['null', 'not_an_object', bytesOf('null')],
  ['an array of events', 'not_an_object', bytesOf(`[${HEAD}{}}]`)],
  ['a string', 'not_an_object', bytesOf('"event"')],
  ['an empty object', 'missing_field', bytesOf('{}')],
  ['no event_id', 'missing_field', bytesOf('{"type":"step","session_id":"s","occurred_at":0}')],
  ['a number for event_id', 'wrong_type', bytesOf('{"event_id":1,"type":"step","session_id":"s","occurred_at":0}')],
  ['an empty session_id', 'out_of_bounds', bytesOf('{"event_id":"e","type":"step","session_id":"","occurred_at":0}')],
  ['an unknown type', 'unknown_type', bytesOf('{"event_id":"e","type":"TOOL_CALL","session_id":"s","occurred_at":0}')],
  [
    'an approval from the fleet',
    'unknown_type',
    bytesOf('{"event_id":"e","type":"approval","session_id":"s","occurred_at":0}'),
  ],
  [
    'a tool call without a tool',
    'missing_field',
    bytesOf('{"event_id":"e","type":"tool_call","session_id":"s","occurred_at":0}'),
  ],
  [
    'a local time',
    'invalid_time',
    bytesOf('{"event_id":"e","type":"step","session_id":"s","occurred_at":"2026-03-02T08:00:00"}'),
  ],
  ['a context that is no object', 'wrong_type', bytesOf(`${HEAD}[]}`)],
];

describe.each([
  ['framing', FRAMING],
  ['UTF-8', UTF8],
  ['grammar', GRAMMAR],
  ['what JSON allows and an event does not', MEANING],
  ['the event', EVENTS],
] as const)('%s', (_, cases) => {
  test.each(cases)('refuses %s (%s)', (_what, code, bytes) => {
    const decoded = decodeEvent(bytes, FLEET, LIMITS);
    expect(decoded).toMatchObject({ kind: 'rejected', code });
  });
});

describe('a rejection', () => {
  test('names the byte, counted in bytes, at which the fault lies', () => {
    const rejected = (bytes: Uint8Array) => decodeEvent(bytes, FLEET, LIMITS);
    expect(rejected(bytesOf('{"', [0xc3, 0xb6], '":1,"a":2,"a":3}'))).toMatchObject({
      message: expect.stringMatching(/byte 14$/),
    });
    expect(rejected(bytesOf('["', [0xc3, 0xb6], '",1e999]'))).toMatchObject({
      message: expect.stringMatching(/byte 6$/),
    });
    expect(rejected(bytesOf('{"a":"x\\ud800"}'))).toMatchObject({ message: expect.stringMatching(/byte 7$/) });
    expect(rejected(bytesOf('{} x'))).toMatchObject({ message: expect.stringMatching(/byte 3$/) });
  });

  test('never repeats payload text', () => {
    const secret = 'hunter2';
    const texts = [
      `{"${secret}":1,"${secret}":2}`,
      `{"a":${secret}}`,
      `{"a":"${secret}`,
      `{"a":"${secret}"} ${secret}`,
      `"${secret}"`,
      `{"event_id":"e","type":"${secret}","session_id":"s","occurred_at":0}`,
      `{"event_id":"e","type":"step","session_id":"s","occurred_at":"${secret}"}`,
      `{"event_id":"e","type":"step","session_id":"s","occurred_at":0,"mode":["${secret}"]}`,
    ];
    for (const text of texts) {
      const decoded = decodeEvent(bytesOf(text), FLEET, LIMITS);
      expect(decoded.kind).toBe('rejected');
      expect(JSON.stringify({ ...decoded, identified: undefined })).not.toContain(secret);
    }
  });

  test('is not the answer to the same head with a sound value', () => {
    expect(decodeEvent(bytesOf(`${HEAD}{}}`), FLEET, LIMITS).kind).toBe('event');
    expect(decodeEvent(eventBytes(), FLEET, LIMITS).kind).toBe('event');
  });
});
