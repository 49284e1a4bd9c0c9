import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../src/codec/decode-event.ts';
import { decodeRecord, type EncodedRecord } from '../../src/codec/decode-record.ts';
import { WriterSchemas } from '../../src/codec/writer-schemas.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { RecordHeader } from '../../src/domain/record.ts';
import { eventBytes, eventObject, FLEET, LIMITS, utf8 } from './given.ts';
import {
  contentType,
  header,
  plainAvro,
  registered,
  registeredSchema,
  schemaText,
  singleObject,
} from './given-avro.ts';

const EVENT = eventObject() as JsonObject;
const AVRO = plainAvro(EVENT);

function decode(value: Uint8Array | null, headers?: readonly RecordHeader[], schemas = new WriterSchemas()) {
  const record: EncodedRecord = { ...FLEET, value, headers };
  return decodeRecord(record, { limits: LIMITS, schemas });
}

const rejected = (code: string, why: string) => ({ kind: 'rejected', code, message: expect.stringContaining(why) });
const theEvent = decodeEvent(eventBytes(), FLEET, LIMITS);

describe('a record', () => {
  it.each<[string, Uint8Array, readonly RecordHeader[] | undefined]>([
    ['JSON without headers', eventBytes(), undefined],
    ['JSON whose headers say nothing of it', eventBytes(), []],
    ['JSON that is declared', eventBytes(), contentType('application/json; charset=utf-8')],
    [
      'JSON that is declared twice in the same words',
      eventBytes(),
      [...contentType('text/json'), ...contentType('text/json')],
    ],
    ['JSON with a content type of no value', eventBytes(), [{ name: 'content-type', value: null }]],
    ['plain Avro that is declared', AVRO, contentType('application/avro')],
    ['a single object', singleObject(AVRO), undefined],
    ['a single object that is declared', singleObject(AVRO), contentType('avro/binary')],
    [
      'a CloudEvent around JSON',
      utf8(`{"specversion":"1.0","id":"e-1","source":"/a","type":"t","data":${JSON.stringify(EVENT)}}`),
      contentType('application/cloudevents+json'),
    ],
    [
      'a CloudEvent in headers',
      eventBytes(),
      ['specversion=1.0', 'id=e-1', 'source=/a', 'type=t'].map((text) =>
        header(`ce_${text.split('=')[0]}`, String(text.split('=')[1])),
      ),
    ],
  ])('is read in whatever format: %s', (_, value, headers) => {
    expect(decode(value, headers)).toEqual(theEvent);
  });

  it('is read by the schema of its registry, which may be one of JSON', () => {
    const schemas = new WriterSchemas();
    schemas.learn([registeredSchema(7), registeredSchema(8, '{}', 'JSON')]);
    expect(decode(registered(7, AVRO), undefined, schemas)).toEqual(theEvent);
    expect(decode(registered(8, eventBytes()), undefined, schemas)).toEqual(theEvent);
    expect(decode(registered(7, AVRO), contentType('application/vnd.apache.avro'), schemas)).toEqual(theEvent);
  });

  it.each<[string, Uint8Array | null, readonly RecordHeader[] | undefined, object]>([
    ['no value', null, contentType('application/avro'), rejected('empty', 'no value')],
    ['an unknown content type', eventBytes(), contentType('text/plain'), rejected('unknown_format', 'content type')],
    ['Avro declared as JSON', AVRO, contentType('application/json'), rejected('invalid_json', 'JSON')],
    ['JSON declared as Avro', eventBytes(), contentType('application/avro'), rejected('invalid_avro', 'byte')],
    ['a batch', utf8('[]'), contentType('application/cloudevents-batch+json'), rejected('unknown_format', 'batch')],
    [
      'two content types',
      eventBytes(),
      [...contentType('text/json'), ...contentType('text/plain')],
      rejected('unknown_format', 'twice'),
    ],
    [
      'a content type that is no text',
      eventBytes(),
      [{ name: 'content-type', value: Buffer.from([0xff]) }],
      rejected('unknown_format', 'UTF-8'),
    ],
    ['a header beyond measure', eventBytes(), [header('ce_id', 'x'.repeat(9000))], rejected('unknown_format', '8192')],
    [
      'headers beyond number',
      eventBytes(),
      Array.from({ length: 65 }, (_, n) => header(`ce_a${n}`, '')),
      rejected('unknown_format', '64'),
    ],
    [
      'a fingerprint of nobody',
      Buffer.from('c3010000000000000000', 'hex'),
      undefined,
      rejected('unknown_schema', 'avro.schemas'),
    ],
    ['a fingerprint cut short', Buffer.from('c30100', 'hex'), undefined, rejected('invalid_avro', 'fingerprint')],
    [
      'a schema id without a registry',
      registered(7, AVRO),
      undefined,
      rejected('unknown_schema', 'schemaRegistry.url'),
    ],
    ['a schema id below zero', registered(-7, AVRO), undefined, rejected('unknown_schema', 'below zero')],
    ['a schema id cut short', Buffer.from([0, 0, 0]), undefined, rejected('invalid_avro', 'id')],
  ])('is refused with a reason: %s', (_, value, headers, outcome) => {
    expect(decode(value, headers)).toEqual(outcome);
  });

  it.each([
    [
      'the registry’s refusal',
      { kind: 'refused', id: 7, code: 'unknown_schema', message: 'gone' },
      'unknown_schema',
      'gone',
    ],
    [
      'a schema of another language',
      registeredSchema(7, 'message X {}', 'PROTOBUF'),
      'unknown_format',
      'neither of Avro',
    ],
    ['a schema that is none', registeredSchema(7, '{"type":"nope"}'), 'incompatible_schema', 'no schema of Avro'],
  ] as const)('is refused with %s', (_, schema, code, why) => {
    const schemas = new WriterSchemas();
    schemas.learn([schema]);
    expect(decode(registered(7, AVRO), undefined, schemas)).toEqual(rejected(code, why));
  });

  it('is refused at once when its schema was refused before: compiling takes long', () => {
    const fields = Array.from({ length: 1200 }, (_, n) => ({ name: `f${n}`, type: 'int' }));
    const schemas = new WriterSchemas();
    schemas.learn([registeredSchema(7, schemaText([...fields, { name: 'tool', type: 'int' }]))]);
    const refusals = Array.from({ length: 2 }, () => {
      try {
        return schemas.registered(registered(7, AVRO));
      } catch (thrown) {
        return thrown;
      }
    });
    expect(refusals[0]).toMatchObject({ code: 'incompatible_schema' });
    expect(refusals[1]).toBe(refusals[0]);
  });

  it('needs its schema once, and the schemas of its batch are there however many came before', () => {
    const schemas = new WriterSchemas();
    schemas.learn(Array.from({ length: 300 }, (_, id) => registeredSchema(id)));
    expect(decode(registered(299, AVRO), undefined, schemas).kind).toBe('event');
    schemas.learn([registeredSchema(5000)]);
    expect(decode(registered(5000, AVRO), undefined, schemas).kind).toBe('event');
    expect(decode(registered(299, AVRO), undefined, schemas)).toMatchObject({ code: 'unknown_schema' });
  });
});
