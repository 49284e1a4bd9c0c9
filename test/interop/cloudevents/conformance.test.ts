import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Decoded } from '../../../src/codec/decode-event.ts';
import { decodeRecord } from '../../../src/codec/decode-record.ts';
import { WriterSchemas } from '../../../src/codec/writer-schemas.ts';
import { FLEET, LIMITS, utf8 } from '../../codec/given.ts';

interface Conformance {
  readonly tests: readonly { readonly id: string; readonly event: Readonly<Record<string, unknown>> }[];
}

function read(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
}

const VALID = (JSON.parse(read('valid-events.json')) as Conformance).tests;
const INVALID = (JSON.parse(read('invalid-events.json')) as Conformance).tests;
/** A tool call that takes its id and its time from the CloudEvent. */
const TOOL_CALL = { type: 'tool_call', session_id: 's-1', tool: 'shell', params: { command: 'ls' } };

type Headers = readonly (readonly [string, string])[];

function decode(value: string, headers: Headers): Decoded {
  const bytes = headers.map(([name, text]) => ({ name, value: utf8(text) }));
  return decodeRecord(
    { ...FLEET, value: utf8(value), headers: bytes },
    { limits: LIMITS, schemas: new WriterSchemas() },
  );
}

const STRUCTURED: Headers = [['content-type', 'application/cloudevents+json; charset=UTF-8']];

/** The attributes as headers of binary mode; null stands for absent. */
function binary({
  data: _,
  data_base64: __,
  datacontenttype,
  ...attributes
}: Readonly<Record<string, unknown>>): Headers {
  const present = Object.entries(attributes).filter(([, value]) => value !== null);
  const headers = present.map(([name, value]) => [`ce_${name}`, String(value)] as const);
  return typeof datacontenttype === 'string' ? [...headers, ['content-type', datacontenttype]] : headers;
}

describe.each(VALID)('the valid CloudEvent $id', ({ event }) => {
  const { data: _, datacontenttype: __, ...attributes } = event;
  const time = typeof event.time === 'string' ? event.time : '2025-06-03T08:00:00Z';
  const carrying = { ...attributes, time, data: TOOL_CALL };
  const judged = { kind: 'event', event: { eventId: event.id, occurredAt: time, tool: 'shell' } };

  it('gives its id and time to an event that is its data', () => {
    expect(decode(JSON.stringify(carrying), STRUCTURED)).toMatchObject(judged);
  });

  it('gives them in binary mode too', () => {
    expect(decode(JSON.stringify(TOOL_CALL), binary(carrying))).toMatchObject(judged);
  });

  it('is no event by itself, and none of its attributes is called wrong', () => {
    const decoded = decode(JSON.stringify(event), STRUCTURED);
    expect(decoded).toMatchObject({ kind: 'rejected', code: event.data === undefined ? 'empty' : 'unknown_format' });
  });
});

describe.each(INVALID)('the invalid CloudEvent $id', ({ event }) => {
  const refused = { kind: 'rejected', code: 'invalid_cloud_event' };

  it('is refused', () => {
    expect(decode(JSON.stringify(event), STRUCTURED)).toMatchObject(refused);
  });

  it('is refused when an event is its data', () => {
    const carrying = event.data === undefined ? { ...event, data: TOOL_CALL } : event;
    expect(decode(JSON.stringify(carrying), STRUCTURED)).toMatchObject(refused);
  });
});

/** Headers have no types, and no second place for data; what is not a content type is refused before all else. */
const IN_HEADERS = INVALID.filter(({ id }) => !/Numeric|Object|BothData|DataContentType/.test(id));

it.each(IN_HEADERS)('the invalid CloudEvent $id is refused in binary mode', ({ event }) => {
  const refused = { kind: 'rejected', code: 'invalid_cloud_event' };
  expect(decode(JSON.stringify(TOOL_CALL), binary(event))).toMatchObject(refused);
});

/** A table of a feature: the cells of each of its rows but the first. */
function table(text: string): Headers {
  const rows = text.split('\n').filter((line) => line.trim().startsWith('|'));
  return rows.slice(1).map((line) => {
    const [, name = '', value = ''] = line.split('|').map((cell) => cell.trim());
    return [name, value] as const;
  });
}

describe('the feature file of the Kafka protocol binding', () => {
  const [, binaryMode = '', structuredMode = ''] = read('kafka-protocol-binding.feature').split(
    /Scenario(?: Outline)?:/,
  );
  const payloadOf = (text: string): string => /"""\s*((?:.|\n)*?)"""/.exec(text)?.[1] ?? '';
  const message = { message: 'Hello World!' };
  const given = { id: '1234-1234-1234', time: '2018-04-05T03:56:24Z' };
  const identified = { kind: 'event', event: { eventId: given.id, occurredAt: given.time, extra: message } };
  const called = { ...TOOL_CALL, ...message };

  it('has a message in binary mode, whose attributes are the headers', () => {
    const headers = table(binaryMode.slice(0, binaryMode.indexOf('When parsed')));
    expect(headers).toHaveLength(6);
    expect(JSON.parse(payloadOf(binaryMode))).toEqual(message);
    expect(decode(payloadOf(binaryMode), headers)).toMatchObject({ kind: 'rejected', code: 'missing_field' });
    expect(decode(JSON.stringify(called), headers)).toMatchObject(identified);
  });

  it('has a message in structured mode, with two content types', () => {
    const [, ...types] = structuredMode
      .slice(structuredMode.indexOf('Examples:'))
      .split('|')
      .map((cell) => cell.trim());
    const contentTypes = types.filter((text) => text.startsWith('application/'));
    expect(contentTypes).toHaveLength(2);
    const envelope = JSON.parse(payloadOf(structuredMode)) as object;
    for (const contentType of contentTypes) {
      const headers = [['content-type', contentType]] as const;
      expect(decode(payloadOf(structuredMode), headers)).toMatchObject({ kind: 'rejected', code: 'missing_field' });
      expect(decode(JSON.stringify({ ...envelope, data: called }), headers)).toMatchObject(identified);
    }
  });
});
