import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../src/codec/decode-event.ts';
import { decodeRecord } from '../../src/codec/decode-record.ts';
import { WriterSchemas } from '../../src/codec/writer-schemas.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { RecordHeader } from '../../src/domain/record.ts';
import { eventObject, FLEET, LIMITS, utf8 } from './given.ts';
import { contentType, header, plainAvro, singleObject } from './given-avro.ts';

const EVENT = eventObject() as JsonObject;
const { event_id: EVENT_ID, occurred_at: OCCURRED_AT, ...BARE } = EVENT;
const ENVELOPE = { specversion: '1.0', id: EVENT_ID, source: '/fleet', type: 'com.example.call', time: OCCURRED_AT };
const STRUCTURED = contentType('application/cloudevents+json');
const WHOLE = decodeEvent(
  utf8(JSON.stringify({ ...BARE, event_id: EVENT_ID, occurred_at: OCCURRED_AT })),
  FLEET,
  LIMITS,
);

function decode(value: Uint8Array, headers: readonly RecordHeader[]) {
  return decodeRecord({ ...FLEET, value, headers }, { limits: LIMITS, schemas: new WriterSchemas() });
}

function structured(members: object) {
  return decode(utf8(JSON.stringify({ ...ENVELOPE, ...members })), STRUCTURED);
}

function binary(value: Uint8Array, attributes: object, type?: string) {
  const headers = Object.entries(attributes).map(([name, text]) => header(`ce_${name}`, String(text)));
  return decode(value, type === undefined ? headers : [...headers, ...contentType(type)]);
}

describe('a CloudEvent', () => {
  it('gives its id and time to an event that lacks them, in both modes and any format', () => {
    expect(structured({ data: BARE })).toEqual(WHOLE);
    const base64 = Buffer.from(JSON.stringify(BARE)).toString('base64');
    expect(structured({ data_base64: base64, datacontenttype: 'application/json' })).toEqual(WHOLE);
    expect(structured({ data: BARE, datacontenttype: 'application/vnd.acme+json' })).toEqual(WHOLE);
    expect(binary(utf8(JSON.stringify(BARE)), ENVELOPE, 'application/json')).toEqual(WHOLE);
    expect(binary(utf8(JSON.stringify(BARE)), ENVELOPE)).toEqual(WHOLE);
  });

  it('carries Avro: as base64, or as the value', () => {
    const avro = plainAvro(EVENT);
    const data = { data_base64: singleObject(avro).toString('base64') };
    expect(structured(data)).toMatchObject({ kind: 'event', event: { eventId: EVENT_ID } });
    const declared = { data_base64: avro.toString('base64'), datacontenttype: 'application/avro' };
    expect(structured(declared)).toMatchObject({ kind: 'event', event: { eventId: EVENT_ID } });
    expect(binary(avro, ENVELOPE, 'application/avro')).toMatchObject({ kind: 'event', event: { eventId: EVENT_ID } });
    expect(binary(singleObject(avro), ENVELOPE)).toMatchObject({ kind: 'event', event: { eventId: EVENT_ID } });
  });

  it('has a type of its own, which is not the event’s', () => {
    expect(structured({ data: EVENT, type: 'step' })).toMatchObject({ event: { type: 'tool_call' } });
  });

  it('may say the same instant in other words', () => {
    expect(structured({ data: { ...EVENT, occurred_at: Date.parse(String(OCCURRED_AT)) } }).kind).toBe('event');
    expect(structured({ data: EVENT, time: '2026-03-02T09:00:00.000+01:00' }).kind).toBe('event');
  });

  it('keeps the digits of long integers', () => {
    const text = `{"specversion":"1.0","id":"e-1","source":"/a","type":"t","data":${JSON.stringify(EVENT).replace('"ls"', '12345678901234567890')}}`;
    expect(decode(utf8(text), STRUCTURED)).toMatchObject({ event: { params: { command: 12345678901234567890n } } });
  });

  it.each<[string, object, string]>([
    ['another id', { data: EVENT, id: 'other' }, '/event_id'],
    ['another time', { data: EVENT, time: '2026-03-02T08:00:01Z' }, '/occurred_at'],
  ])('is refused when the event inside has %s, in both modes', (_, members, pointer) => {
    const refusal = { kind: 'rejected', code: 'envelope_mismatch', message: expect.stringContaining(pointer) };
    const { data, ...attributes } = { ...ENVELOPE, ...members } as JsonObject;
    expect(structured(members)).toMatchObject(refusal);
    expect(binary(utf8(JSON.stringify(data)), attributes)).toMatchObject(refusal);
  });

  it('is answered with a decision where it is refused and names its event, unless the two names differ', () => {
    const identified = { eventId: EVENT_ID, sessionId: 's-1' };
    expect(structured({ data: EVENT, source: '' })).toMatchObject({ code: 'invalid_cloud_event', identified });
    expect(structured({ data: EVENT, time: '2026-03-02T08:00:01Z' })).toMatchObject({ identified });
    expect(structured({ data: { ...BARE, type: 'nonsense' } })).toMatchObject({ code: 'unknown_type', identified });
    expect(structured({ data: EVENT, id: 'other' })).not.toHaveProperty('identified');
    const members = { ...ENVELOPE, event_id: 'e-9', session_id: 's-9', data: [] };
    expect(structured(members)).not.toHaveProperty('identified');
  });

  it.each<[string, object, string]>([
    ['no data', {}, 'empty'],
    ['null as its data', { data: null }, 'not_an_object'],
    ['text as its data', { data: JSON.stringify(EVENT) }, 'not_an_object'],
    ['data that is said to be XML', { data: '<a/>', datacontenttype: 'application/xml' }, 'unknown_format'],
    ['base64 of nobody knows what', { data_base64: 'e30=' }, 'unknown_format'],
    ['base64 that is none', { data_base64: '!', datacontenttype: 'application/json' }, 'invalid_cloud_event'],
    [
      'a CloudEvent as its data',
      { data_base64: 'e30=', datacontenttype: 'application/cloudevents+json' },
      'unknown_format',
    ],
    ['an extension that is a list', { data: EVENT, ext: [1] }, 'invalid_cloud_event'],
    ['an extension beyond 32 bits', { data: EVENT, ext: 2 ** 31 }, 'invalid_cloud_event'],
  ])('is refused with %s', (_, members, code) => {
    expect(structured(members)).toMatchObject({ kind: 'rejected', code });
  });

  it('is refused in binary mode without what it must have, or with its content type in two places', () => {
    for (const name of ['specversion', 'id', 'source', 'type']) {
      const { [name]: _, ...attributes } = ENVELOPE as JsonObject;
      expect(binary(utf8(JSON.stringify(EVENT)), attributes)).toMatchObject({ code: 'invalid_cloud_event' });
    }
    const twice = { ...ENVELOPE, datacontenttype: 'application/json' };
    expect(binary(utf8(JSON.stringify(EVENT)), twice)).toMatchObject({ code: 'invalid_cloud_event' });
  });

  it('holds the event inside to the limits of one that stands alone', () => {
    const nested = (levels: number) => ({ ...EVENT, params: JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) });
    expect(structured({ data: nested(63) }).kind).toBe('event');
    expect(structured({ data: nested(64) })).toMatchObject({ code: 'too_deep' });
    const values = (count: number) => ({ ...EVENT, params: Array.from({ length: count }, () => 0) });
    expect(structured({ data: values(LIMITS.maxValues - 7) }).kind).toBe('event');
    expect(structured({ data: values(LIMITS.maxValues - 6) })).toMatchObject({ code: 'too_many_values' });
  });

  it('has an outcome, whatever its members are', () => {
    const member = fc.oneof(
      fc.string(),
      fc.constantFrom(null, 1, 1.5, true),
      fc.constant([]),
      fc.constant({}),
      fc.constant(EVENT),
    );
    const names = fc.constantFrom(
      'specversion',
      'id',
      'source',
      'type',
      'time',
      'data',
      'data_base64',
      'datacontenttype',
      'ext',
    );
    const property = fc.property(fc.dictionary(names, member), (members) => {
      expect(['event', 'rejected']).toContain(structured(members).kind);
      const texts = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, String(value)]));
      expect(['event', 'rejected']).toContain(binary(utf8(JSON.stringify(EVENT)), texts, 'application/json').kind);
    });
    fc.assert(property, { seed: 8, numRuns: 1000 });
  });
});
