import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonText } from '../../src/codec/json-text.ts';
import { topLevelString } from '../../src/codec/record-key.ts';
import { bytesOf, utf8 } from './given.ts';
import { arbitraryJson } from './json-arbitrary.ts';

const find = (text: string) => topLevelString(utf8(text), 'session_id');

describe('topLevelString', () => {
  test.each([
    ['{"session_id":"s"}', 's'],
    [' {\n"a" : 1 , "session_id"\t:\r"s" , "b":2}', 's'],
    ['{"a":{"session_id":"inner"},"session_id":"s"}', 's'],
    ['{"a":[{"session_id":"inner"}],"session_id":"s"}', 's'],
    ['{"a":"\\"session_id\\":\\"no\\"","session_id":"s"}', 's'],
    ['{"a":"}","b":"]","c":"\\\\","session_id":"s"}', 's'],
    ['{"a":"session_id","session_id":"s"}', 's'],
    ['{"a":-1.5e3,"b":true,"c":null,"d":{},"e":[],"session_id":"s"}', 's'],
    ['{"session\\u005fid":"s"}', 's'],
    ['{"session_id":"\\u0073\\n\\ud83d\\ude00ö"}', 's\n😀ö'],
    ['{"session_id":""}', ''],
    ['{"session_id":"first","session_id":"second"}', 'first'],
    ['{"session_id":"s","then":nothing that is JSON', 's'],
  ])('finds the value in %s', (text, value) => {
    expect(find(text)).toBe(value);
  });

  test.each([
    '',
    ' ',
    'null',
    '"session_id"',
    '["session_id","s"]',
    '{}',
    '{"session_ie":"s"}',
    '{"session_id_":"s"}',
    '{"session_id":1}',
    '{"session_id":null}',
    '{"session_id":{"session_id":"s"}}',
    '{"session_id":"s',
    '{"session_id":"s\\',
    '{"session_id":"\\x"}',
    '{"session_id":"\\ud800"}',
    '{"session_id"}',
    '{"session_id"',
    '{"session_id":',
    '{session_id:"s"}',
    '{"a":1 "session_id":"s"}',
    '{"a":[1,"session_id":"s"}',
    '{"a":"open,"session_id":"s"}',
  ])('finds nothing in %s', (text) => {
    expect(find(text)).toBeUndefined();
  });

  test('finds nothing in a value that is not UTF-8', () => {
    expect(topLevelString(bytesOf('{"session_id":"', [0xff], '"}'), 'session_id')).toBeUndefined();
    expect(topLevelString(bytesOf('{"session_id":"a', [0x0a], '"}'), 'session_id')).toBeUndefined();
  });

  test('finds what parsing finds, whatever else the object holds', () => {
    const objects = fc.dictionary(fc.string(), arbitraryJson, { maxKeys: 4, noNullPrototype: true });
    const value = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(objects, value, objects, (before, id, after) => {
        const { session_id: _, ...rest } = after;
        expect(find(jsonText({ ...before, session_id: id, ...rest }))).toBe(id);
      }),
      { seed: 42 },
    );
  });

  test('ends for any bytes', () => {
    const bytes = fc.array(fc.constantFrom(...Buffer.from('{}[]",:\\ a1')), { maxLength: 40 });
    fc.assert(
      fc.property(bytes, (tail) => {
        const found = topLevelString(bytesOf('{', tail), 'a');
        expect(found === undefined || typeof found === 'string').toBe(true);
      }),
      { seed: 42, numRuns: 2000 },
    );
  });
});
