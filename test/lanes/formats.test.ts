import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../src/codec/json-text.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import {
  contentType,
  encode,
  header,
  plainAvro,
  recordOf,
  registered,
  registeredSchema,
  SHIPPED,
  singleObject,
} from '../codec/given-avro.ts';
import { arbitraryJson } from '../codec/json-arbitrary.ts';
import { auditOf, aWorker, decisionsOf, judge, restore } from './worker-fixture.ts';

type Encoded = Pick<RawRecord, 'value' | 'headers' | 'schema'>;
type Encode = (event: JsonObject) => Encoded;

const REGISTERED = registeredSchema(7);
const json = (value: Json) => Buffer.from(jsonText(value));

function envelope({ event_id: id, occurred_at: time, ...event }: JsonObject): {
  attributes: JsonObject;
  event: JsonObject;
} {
  // A number is no time of a CloudEvent: it stays inside.
  const inside = typeof time === 'string' ? event : { ...event, occurred_at: time as Json };
  const attributes = { specversion: '1.0', id: id as Json, source: '/fleet', type: 'com.example' };
  return { attributes: typeof time === 'string' ? { ...attributes, time } : attributes, event: inside };
}

const ENCODINGS: Readonly<Record<string, Encode>> = {
  json: (event) => ({ value: json(event) }),
  'json, declared': (event) => ({ value: json(event), headers: contentType('application/json; charset=utf-8') }),
  'plain avro': (event) => ({ value: plainAvro(event), headers: contentType('application/avro') }),
  'single object': (event) => ({ value: singleObject(plainAvro(event)) }),
  registered: (event) => ({ value: registered(7, plainAvro(event)), schema: REGISTERED }),
  'structured cloud event': (whole) => {
    const { attributes, event } = envelope(whole);
    return { value: json({ ...attributes, data: event }), headers: contentType('application/cloudevents+json') };
  },
  'binary cloud event': (whole) => {
    const { attributes, event } = envelope(whole);
    const headers = Object.entries(attributes).map(([name, value]) => header(`ce_${name}`, String(value)));
    return { value: json(event), headers: [...headers, ...contentType('application/json')] };
  },
  'avro in a cloud event': (event) => {
    const headers = Object.entries(envelope(event).attributes).map(([name, value]) =>
      header(`ce_${name}`, String(value)),
    );
    return { value: singleObject(plainAvro(event)), headers: [...headers, ...contentType('application/avro')] };
  },
};

function recordsOf(encoded: readonly Encoded[]): RawRecord[] {
  return encoded.map((record, offset) => {
    const place = { topic: 'events', offset, nextOffset: offset + 1, timestampMs: -1, key: null, trusted: false };
    return { ...place, ...record };
  });
}

const arbitraryEvent = fc.record(
  {
    event_id: fc.constantFrom('e-1', 'e-2', 'e-3', 'größe'),
    type: fc.constantFrom('tool_call', 'tool_result', 'step', 'session_end'),
    session_id: fc.constantFrom('s-1', 's-2'),
    occurred_at: fc.constantFrom<Json>('2026-03-02T08:00:00Z', '2026-03-02T09:00:05.25+01:00', 1772438410000),
    tool: fc.constantFrom('shell', 'search'),
    params: fc.oneof(arbitraryJson, fc.constant({ command: 'curl https://example.org' })),
    result: arbitraryJson,
    usage: fc.constant({ input_tokens: 5, cost_usd: 0.25 }),
    mode: fc.constant('auto'),
    approvals: fc.constant(['sha256:1', { digest: 'sha256:2' }]),
    context: fc.constant({ branch: 'main' }),
  },
  { requiredKeys: ['event_id', 'type', 'session_id', 'occurred_at', 'tool'] },
) as unknown as fc.Arbitrary<JsonObject>;

describe('events in several formats', () => {
  it('are decided to the same bytes, and leave the same sessions, whichever each comes in', () => {
    const names = Object.keys(ENCODINGS);
    const history = fc.array(fc.tuple(arbitraryEvent, fc.constantFrom(...names)), { minLength: 1, maxLength: 8 });
    const worker = aWorker();
    let epoch = 1;
    const judgeAnew = (encoded: readonly Encoded[]) => {
      restore(worker, 0, ++epoch);
      return judge(worker, recordsOf(encoded), { epoch });
    };
    const property = fc.property(history, (events) => {
      const mixed = judgeAnew(events.map(([event, name]) => (ENCODINGS[name] as Encode)(event)));
      const plain = judgeAnew(events.map(([event]) => ({ value: json(event) })));
      expect(mixed.decisions).toEqual(plain.decisions);
      expect(mixed.sessions).toEqual(plain.sessions);
      expect(mixed.result.deadLetters).toEqual([]);
    });
    fc.assert(property, { seed: 21, numRuns: 300 });
  });

  it.each(Object.entries(ENCODINGS))('are read by a worker that was started just now: %s', (_, encodeEvent) => {
    const event = {
      event_id: 'e',
      type: 'tool_call',
      session_id: 's',
      occurred_at: '2026-03-02T08:00:00Z',
      tool: 'shell',
    };
    expect(decisionsOf(judge(aWorker(), recordsOf([encodeEvent(event)])))).toMatchObject([
      { event_id: 'e', tool: 'shell' },
    ]);
  });
});

describe('a record in another format that is no event', () => {
  const event = {
    event_id: 'e',
    type: 'tool_call',
    session_id: 's',
    occurred_at: '2026-03-02T08:00:00Z',
    tool: 'shell',
  };
  const broken = encode(SHIPPED, { ...recordOf(event), params: '{"a":1,"a":2}' });

  it('is a dead letter, and denied when its event and session are known', () => {
    const outcome = judge(
      aWorker(),
      recordsOf([{ value: singleObject(broken) }, { value: Buffer.from('c301', 'hex') }]),
    );
    expect(outcome.result.deadLetters).toMatchObject([
      { source: 0, code: 'duplicate_key', message: expect.stringContaining('/params') },
      { source: 1, code: 'invalid_avro' },
    ]);
    expect(outcome.decidedRecords).toEqual([0]);
    expect(decisionsOf(outcome)).toMatchObject([{ event_id: 'e', effect: 'deny', error: { code: 'invalid_event' } }]);
    expect(auditOf(outcome)).toMatchObject([{ kind: 'event_rejected' }, { kind: 'event_rejected' }]);
  });

  it('is a dead letter when its schema is known to nobody', () => {
    const value = registered(9, plainAvro(event));
    const refused = { kind: 'refused', id: 9, code: 'unknown_schema', message: 'gone' } as const;
    const outcome = judge(aWorker(), recordsOf([{ value, schema: refused }]));
    expect(outcome.result.deadLetters).toMatchObject([{ code: 'unknown_schema', message: 'gone' }]);
    expect(judge(aWorker(), recordsOf([{ value }])).result.deadLetters).toMatchObject([
      { code: 'unknown_schema', message: expect.stringContaining('schemaRegistry.url') },
    ]);
  });
});
