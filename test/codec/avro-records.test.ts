import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AvroRecords, avroRecords } from '../../src/codec/avro-records.ts';
import { encode, SHIPPED, schemaText } from './given-avro.ts';

function recordsOf(schema: string): AvroRecords {
  const records = avroRecords(schema);
  if (records.kind === 'broken') throw new Error(records.message);
  return records;
}

const EVERY_KIND = schemaText([
  { name: 'nothing', type: 'null' },
  { name: 'flag', type: 'boolean' },
  { name: 'small', type: 'int' },
  { name: 'large', type: 'long' },
  { name: 'rough', type: 'float' },
  { name: 'fine', type: 'double' },
  { name: 'blob', type: 'bytes' },
  { name: 'session_id', type: 'string' },
  { name: 'sum', type: { type: 'fixed', name: 'Sum', size: 4 } },
  { name: 'level', type: { type: 'enum', name: 'Level', symbols: ['A', 'B'] } },
  { name: 'list', type: { type: 'array', items: { type: 'map', values: 'int' } } },
  { name: 'next', type: ['null', 'Event'] },
]);

const BYTES = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
const FIELDS = {
  nothing: fc.constant(null),
  flag: fc.boolean(),
  small: fc.integer(),
  // avsc takes none of the outermost.
  large: fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
  rough: fc.float(),
  fine: fc.double(),
  blob: BYTES,
  session_id: fc.string({ unit: 'grapheme' }),
  sum: BYTES.map((bytes) => Buffer.concat([bytes, Buffer.alloc(4)]).subarray(0, 4)),
  level: fc.constantFrom('A', 'B'),
  list: fc.array(fc.dictionary(fc.string(), fc.integer())),
};
const EVENT = fc.record({ ...FIELDS, next: fc.option(fc.record({ ...FIELDS, next: fc.constant(null) })) });

describe('records behind one another', () => {
  it('end where the next one begins, whatever they hold', () => {
    const schema = recordsOf(EVERY_KIND);
    const type = avro.Type.forSchema(JSON.parse(EVERY_KIND));
    fc.assert(
      fc.property(fc.array(EVENT, { minLength: 1, maxLength: 5 }), (values) => {
        const block = Buffer.concat(values.map((value) => type.toBuffer(value)));
        let at = 0;
        for (const { session_id } of values) {
          const found = schema.find(block, at, block.length);
          if (found.kind === 'broken') throw new Error(found.message);
          expect(found.sessionId).toBe(session_id);
          at = found.end;
        }
        expect(at).toBe(block.length);
      }),
      { seed: 20261121 },
    );
  });

  it('have an outcome, whatever the bytes are', () => {
    for (const schema of [EVERY_KIND, SHIPPED].map(recordsOf)) {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
          const found = schema.find(Buffer.from(bytes), 0, 50);
          if (found.kind === 'record') expect(found.end).toBeLessThanOrEqual(bytes.length);
        }),
      );
    }
  });

  it('are looked into no further than asked, and say nothing that is no id and no time', () => {
    const facts = (fields: readonly object[], record: object, maxBytes = 1000) => {
      const schema = schemaText(fields);
      return recordsOf(schema).find(encode(schema, record), 0, maxBytes);
    };
    const id = { name: 'session_id', type: 'bytes' };
    const time = { name: 'occurred_at', type: ['null', 'string', 'double'] };
    expect(facts([id], { session_id: Buffer.from('s') })).toMatchObject({ sessionId: 's' });
    expect(facts([id], { session_id: Buffer.alloc(100) }, 50)).toMatchObject({ sessionId: undefined });
    expect(facts([id], { session_id: Buffer.from([0xff]) })).toMatchObject({ sessionId: undefined });
    expect(facts([{ ...id, type: 'int' }], { session_id: 1 })).toMatchObject({ sessionId: undefined });
    expect(facts([time], { occurred_at: 1.5 })).toMatchObject({ occurredAt: 1.5 });
    expect(facts([time], { occurred_at: '1970-01-01T00:00:00Z' })).toMatchObject({
      occurredAt: '1970-01-01T00:00:00Z',
    });
    expect(facts([time], { occurred_at: null })).toMatchObject({ occurredAt: undefined });
  });
});
