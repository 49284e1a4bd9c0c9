import { describe, expect, it } from 'vitest';
import type { RawRecord } from '../../src/domain/record.ts';
import { type OutputForm, OutputHeaders, PLAIN_FORM } from '../../src/kafka/output-headers.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const ID = '0123456789abcdef0123456789abcdef';
const DECIDED_AT = '2026-03-02T08:00:00.000Z';
const JSON_VALUE = Buffer.from(`--{"decision_id":"${ID}","event_id":"e"}`);
const AVRO_VALUE = Buffer.concat([Buffer.from('--0123456789'), Buffer.from([64]), Buffer.from(ID)]);

type Given = Readonly<Record<string, string>>;

function recordOf(headers?: Given, key: Uint8Array | null = Buffer.from('s-1')): RawRecord {
  const place = { topic: 'calls', offset: 0, nextOffset: 1, timestampMs: 0, value: Buffer.from('{}'), trusted: false };
  if (headers === undefined) return { ...place, key };
  return {
    ...place,
    key,
    headers: Object.entries(headers).map(([name, text]) => ({ name, value: Buffer.from(text) })),
  };
}

function headersOf(form: Partial<OutputForm>, record: RawRecord | undefined): Given {
  const bytes = form.format === 'avro' ? AVRO_VALUE : JSON_VALUE;
  const made = new OutputHeaders({ ...PLAIN_FORM, ...form });
  const headers = made.decision(record, { bytes, start: 2, decidedAt: Buffer.from(DECIDED_AT) });
  return Object.fromEntries(headers.map(({ name, value }) => [name, String(value)]));
}

const ATTRIBUTES = {
  ce_specversion: '1.0',
  ce_id: ID,
  ce_source: 'urn:tollgate',
  ce_type: 'tollgate.decision',
  ce_time: DECIDED_AT,
  ce_subject: 's-1',
};

describe('a decision about a record without headers', () => {
  it('has none more by default', () => {
    expect(headersOf({}, recordOf())).toEqual({});
    expect(headersOf({}, undefined)).toEqual({});
  });

  it('says that it is Avro, and so does an audit record', () => {
    expect(headersOf({ format: 'avro' }, recordOf())).toEqual({ 'content-type': 'application/avro' });
    const [type] = new OutputHeaders({ ...PLAIN_FORM, format: 'avro' }).audit();
    expect([type?.name, String(type?.value)]).toEqual(['content-type', 'application/avro']);
    expect(new OutputHeaders(PLAIN_FORM).audit()).toEqual([]);
  });

  it('is a CloudEvent where that is asked for, also when it is about no record', () => {
    const cloudEvents = { headers: 'always', source: '/gates/1' } as const;
    const expected = { 'content-type': 'application/json', ...ATTRIBUTES, ce_source: '/gates/1' };
    expect(headersOf({ cloudEvents }, recordOf())).toEqual(expected);
    expect(headersOf({ cloudEvents, format: 'avro' }, recordOf())).toEqual({
      ...expected,
      'content-type': 'application/avro',
    });
    const { ce_subject: _, ...processWide } = expected;
    expect(headersOf({ cloudEvents }, undefined)).toEqual(processWide);
  });
});

describe('a decision about a CloudEvent', () => {
  const binary = { ce_specversion: '1.0', ce_id: 'e', ce_type: 'call', ce_source: '/fleet', ce_traceparent: PARENT };

  it.each<[string, Given]>([
    ['binary mode', binary],
    ['structured mode', { 'Content-Type': 'Application/CloudEvents+json; charset=UTF-8' }],
  ])('is one too: %s', (mode, given) => {
    const carried = mode === 'binary mode' ? { ce_traceparent: PARENT } : {};
    expect(headersOf({}, recordOf(given))).toEqual({ 'content-type': 'application/json', ...ATTRIBUTES, ...carried });
  });

  it('has the trace of its event, and nothing else of its headers', () => {
    const given = { ...binary, ce_subject: 'other', traceparent: PARENT, tracestate: 'a=b', 'x-internal': 'secret' };
    expect(headersOf({}, recordOf(given))).toMatchObject({ traceparent: PARENT, tracestate: 'a=b', ce_subject: 's-1' });
    expect(headersOf({}, recordOf(given))).not.toHaveProperty('x-internal');
  });

  it('has a subject only when its key is text', () => {
    for (const key of [null, Buffer.alloc(0), Buffer.from([0xff, 0xfe])]) {
      expect(headersOf({}, recordOf(binary, key))).not.toHaveProperty('ce_subject');
    }
  });

  it('is none where that is ruled out', () => {
    const cloudEvents = { ...PLAIN_FORM.cloudEvents, headers: 'never' } as const;
    expect(headersOf({ cloudEvents }, recordOf({ ...binary, traceparent: PARENT }))).toEqual({ traceparent: PARENT });
  });
});

it('a decision has the trace of its event, whatever the event’s form', () => {
  const given = { traceparent: PARENT, 'content-type': 'application/json' };
  expect(headersOf({}, recordOf(given))).toEqual({ traceparent: PARENT });
  expect(headersOf({ format: 'avro' }, recordOf(given))).toEqual({
    'content-type': 'application/avro',
    traceparent: PARENT,
  });
  expect(headersOf({}, recordOf({ traceparent: 'garbage' }))).toEqual({});
});
