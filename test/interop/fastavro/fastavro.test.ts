import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../../src/codec/decode-event.ts';
import { decodeRecord } from '../../../src/codec/decode-record.ts';
import { fingerprintOf } from '../../../src/codec/writer-schema.ts';
import { WriterSchemas } from '../../../src/codec/writer-schemas.ts';
import { CONTROL, LIMITS, utf8 } from '../../codec/given.ts';
import { FINGERPRINTS, RECORDS, REGISTERED, WRITERS } from './fixtures.ts';

describe('what fastavro writes', () => {
  const schemas = new WriterSchemas(WRITERS);
  schemas.learn(REGISTERED);
  const headers = [{ name: 'content-type', value: Buffer.from('application/avro') }];

  it('is there in each of the three framings', () => {
    expect(new Set(RECORDS.map(({ framing }) => framing)).size).toBe(3);
  });

  it.each(RECORDS)('is read as the JSON of the same event: $framing, $event', ({ framing, event, value }) => {
    const record = { ...CONTROL, value, headers: framing === 'plain' ? headers : undefined };
    const decoded = decodeRecord(record, { limits: LIMITS, schemas });
    expect(decoded.kind).toBe('event');
    expect(decoded).toEqual(decodeEvent(utf8(event), CONTROL, LIMITS));
  });

  it.each(FINGERPRINTS)('names schemas by the same fingerprint: $wire', ({ schema, wire }) => {
    expect(fingerprintOf(schema)).toBe(wire);
  });
});
