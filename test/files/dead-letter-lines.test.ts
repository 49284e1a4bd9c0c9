import { describe, expect, it } from 'vitest';
import type { RawRecord } from '../../src/domain/record.ts';
import { deadLetterLine } from '../../src/files/dead-letter-lines.ts';
import { validator } from '../schemas/schema-files.ts';

const isDeadLetter = validator('dead-letter');

function aRecord(members: Partial<RawRecord>): RawRecord {
  const base = { topic: 'a.ndjson', offset: 10, nextOffset: 20, timestampMs: -1, trusted: false };
  return { ...base, key: Buffer.from('s'), value: Buffer.from('{}'), ...members };
}

describe('a dead letter in a file', () => {
  it.each([
    ['a value that is text', 'wrong_type', {}],
    ['no key', 'wrong_type', { key: null }],
    ['a key that is no text', 'wrong_type', { key: Buffer.from([0xff]) }],
    ['no value', 'empty', { value: null }],
    ['a value that is no text', 'invalid_utf8', { value: Buffer.from([0xff, 0xfe]) }],
    ['a value that is too large', 'too_large', { value: Buffer.alloc(100, 'x') }],
  ])('has the form of its schema: %s', (_, code, members) => {
    const line = deadLetterLine({ source: 0, code, message: 'why' }, aRecord(members), 3);
    expect(line).not.toContain('\n');
    expect(isDeadLetter(JSON.parse(line)), JSON.stringify(isDeadLetter.errors)).toBe(true);
  });

  it('keeps the bytes of key and value, and says where they came from', () => {
    const line = JSON.parse(deadLetterLine({ source: 0, code: 'invalid_json', message: 'why' }, aRecord({}), 3));
    expect(line).toMatchObject({ key: 's', value: '{}', tollgate_source: 'a.ndjson/3/10' });
  });

  it('says how long a value was that is too large: by its offsets, or where they count records by its own length', () => {
    const bytesOf = (members: Partial<RawRecord>) =>
      JSON.parse(deadLetterLine({ source: 0, code: 'too_large', message: 'why' }, aRecord(members), 3)).value_bytes;
    expect(bytesOf({})).toBe(10);
    expect(bytesOf({ nextOffset: 11, valueBytes: 300_000 })).toBe(300_000);
  });
});
