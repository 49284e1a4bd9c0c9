import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAvroEvent } from '../../src/codec/avro-event.ts';
import { decodeEvent, eventOf } from '../../src/codec/decode-event.ts';
import { jsonText } from '../../src/codec/json-text.ts';
import { compileWriterSchema } from '../../src/codec/writer-schema.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { bytesOf, CONTROL, eventObject, LIMITS, utf8 } from './given.ts';
import { encode, plainAvro, recordOf, SHIPPED, schemaText } from './given-avro.ts';
import { arbitraryJson } from './json-arbitrary.ts';

const OURS = compileWriterSchema(SHIPPED);
const EVENT = eventObject() as JsonObject;
const IDS = ['event_id', 'type', 'session_id', 'occurred_at'].map((name) => ({ name, type: 'string' }));
const HEAD = { event_id: 'e-1', type: 'step', session_id: 's-1', occurred_at: '2026-03-02T08:00:00Z' };

const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
/** Whole events: every member of the contract, present or absent. */
const arbitraryEvent = fc.record(
  {
    event_id: id,
    type: fc.constantFrom('tool_call', 'tool_result', 'step', 'session_end', 'approval', 'nonsense'),
    session_id: id,
    occurred_at: fc.oneof(fc.constant('2026-03-02T08:00:00.5+01:00'), fc.maxSafeNat(), fc.constant('never')),
    call_id: id,
    tenant_id: id,
    tool: id,
    params: arbitraryJson,
    result: arbitraryJson,
    phase: fc.constantFrom('pre', 'mid', 'post'),
    usage: fc.record(
      { input_tokens: fc.double({ min: 0, noNaN: true, max: 1e15 }), estimate: fc.boolean() },
      { requiredKeys: [] },
    ),
    mode: id,
    approvals: fc.array(arbitraryJson, { maxLength: 3 }),
    material: fc.record({ name: id, kind: id, content: id }),
    context: fc.dictionary(
      id.filter((name) => name !== '__proto__'),
      arbitraryJson,
      { maxKeys: 3, noNullPrototype: true },
    ),
  },
  { requiredKeys: ['event_id', 'type', 'session_id', 'occurred_at'] },
);

function read(bytes: Uint8Array, schema = OURS, limits = LIMITS) {
  return eventOf(readAvroEvent(bytes, 0, schema, limits), CONTROL, limits.maxClockSkewMs);
}

describe('an event in Avro', () => {
  it('is the event that its JSON is, or is refused as that is', () => {
    const property = fc.property(arbitraryEvent, (event) => {
      const json = event as unknown as JsonObject;
      expect(read(plainAvro(json))).toEqual(decodeEvent(utf8(jsonText(json)), CONTROL, LIMITS));
    });
    fc.assert(property, { seed: 11, numRuns: 400 });
  });

  it('keeps what only its writer’s schema has, with all digits; null members are absent', () => {
    const extras = [
      { name: 'big', type: 'long' },
      { name: 'none', type: ['null', 'string'] },
      { name: 'bytes', type: 'bytes' },
      { name: 'inner', type: { type: 'record', name: 'Inner', fields: [{ name: 'a', type: ['null', 'int'] }] } },
    ];
    const schema = compileWriterSchema(schemaText([...IDS, ...extras]));
    const head = encode(schemaText(IDS), HEAD);
    const bytes = bytesOf(
      [...head],
      [...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
      [0, 4, 0xff, 0x00, 0],
    );
    const decoded = read(bytes, schema);
    expect(decoded).toMatchObject({ kind: 'event', event: { eventId: 'e-1' } });
    expect(decoded.kind === 'event' && decoded.event.extra).toEqual({ big: -(2n ** 63n), bytes: '/wA=', inner: {} });
  });

  it('tells the JSON value null from a member that is absent', () => {
    const decoded = read(plainAvro({ ...EVENT, params: null }));
    expect(decoded).toMatchObject({ event: { params: null } });
    const { params: _, ...without } = EVENT;
    expect(read(plainAvro(without))).toMatchObject({ event: { params: {} } });
  });

  it.each([
    ['invalid JSON text', '{', 'invalid_json'],
    ['a duplicate key', '{"a":1,"a":2}', 'duplicate_key'],
    ['a forbidden key', '{"__proto__":1}', 'forbidden_key'],
    ['a lone surrogate', '"\\ud800"', 'lone_surrogate'],
    ['a number beyond a double', '1e999', 'number_out_of_range'],
    ['bytes after the text', '{} {}', 'trailing_bytes'],
    ['depth', `${'['.repeat(64)}${']'.repeat(64)}`, 'too_deep'],
    ['an empty text', '', 'empty'],
  ])('is refused for its params, and known all the same: %s', (_, params, code) => {
    const decoded = read(encode(SHIPPED, { ...recordOf(EVENT), params }));
    const message = expect.stringMatching(/^\/params: /);
    expect(decoded).toMatchObject({
      kind: 'rejected',
      code,
      message,
      identified: { eventId: 'e-1', sessionId: 's-1', tool: 'shell' },
    });
  });

  it('has the same depth and number of values as its JSON', () => {
    const limits = { ...LIMITS, maxDepth: 4, maxValues: 12 };
    for (const params of [[[1]], [[[1]]], [[[[1]]]], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6, 7]]) {
      const event = { ...EVENT, params };
      const inJson = decodeEvent(utf8(jsonText(event)), CONTROL, limits);
      const inAvro = read(plainAvro(event), OURS, limits);
      expect([inAvro.kind, inAvro.kind === 'rejected' && inAvro.code]).toEqual([
        inJson.kind,
        inJson.kind === 'rejected' && inJson.code,
      ]);
    }
  });
});

/** Varints, zigzagged, of numbers far beyond what any record holds. */
const HUGE = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
const NEGATIVE = [0x01];

describe('a hostile record', () => {
  const nested = { type: 'record', name: 'N', fields: [{ name: 'n', type: ['null', 'N'] }] };
  const tail = (type: unknown) => compileWriterSchema(schemaText([...IDS, { name: 'x', type }]));
  const head = [...encode(schemaText(IDS), HEAD)];
  const nulls = { type: 'array', items: 'null' };

  it.each<[string, string, unknown, readonly number[]]>([
    ['a string longer than the record', 'invalid_avro', 'string', [0x20, 0x61]],
    ['a string of 2^52 bytes', 'invalid_avro', 'string', HUGE],
    ['a string of less than no bytes', 'invalid_avro', 'string', NEGATIVE],
    ['bytes of 2^52 bytes', 'invalid_avro', 'bytes', HUGE],
    ['an array of 2^52 nulls', 'too_many_values', nulls, HUGE],
    ['an array of 2^52 nulls in a block of known size', 'too_many_values', nulls, [0xff, ...HUGE.slice(1), 0x00]],
    ['an array of arrays of 2^52 nulls', 'too_many_values', { type: 'array', items: nulls }, [...HUGE, ...HUGE]],
    [
      'an array of empty records',
      'too_many_values',
      { type: 'array', items: { type: 'record', name: 'R', fields: [] } },
      HUGE,
    ],
    ['an array of strings that are not there', 'invalid_avro', { type: 'array', items: 'string' }, HUGE],
    ['an array that never ends', 'invalid_avro', nulls, [0x02]],
    ['a map of 2^52 members', 'invalid_avro', { type: 'map', values: 'null' }, HUGE],
    [
      'a map with a member twice',
      'duplicate_key',
      { type: 'map', values: 'null' },
      [0x04, 0x02, 0x61, 0x02, 0x61, 0x00],
    ],
    [
      'a map with a forbidden member',
      'forbidden_key',
      { type: 'map', values: 'null' },
      [0x02, 18, ...Buffer.from('__proto__'), 0x00],
    ],
    ['a fixed that is not there', 'invalid_avro', { type: 'fixed', name: 'F', size: 1_000_000_000 }, [0x00]],
    ['a branch that the union does not have', 'invalid_avro', ['null', 'string'], [0x04]],
    ['a branch below zero', 'invalid_avro', ['null', 'string'], NEGATIVE],
    ['a symbol that the enum does not have', 'invalid_avro', { type: 'enum', name: 'E', symbols: ['A'] }, [0x02]],
    ['a boolean that is neither', 'invalid_avro', 'boolean', [0x02]],
    ['an int beyond 32 bits', 'invalid_avro', 'int', [0x80, 0x80, 0x80, 0x80, 0x20]],
    ['a long of eleven bytes', 'invalid_avro', 'long', Array.from({ length: 11 }, () => 0xff)],
    ['a long beyond 64 bits', 'invalid_avro', 'long', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]],
    ['NaN', 'number_out_of_range', 'double', [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]],
    ['infinity', 'number_out_of_range', 'float', [0, 0, 0x80, 0x7f]],
    ['text that is no UTF-8', 'invalid_utf8', 'string', [0x02, 0xff]],
    ['a surrogate in UTF-8', 'invalid_utf8', 'string', [0x06, 0xed, 0xa0, 0x80]],
    ['a record in itself, a thousand deep', 'too_deep', nested, [...Array.from({ length: 1000 }, () => 0x02), 0x00]],
    ['a byte too many', 'trailing_bytes', 'boolean', [0x01, 0x00]],
    ['a byte too few', 'invalid_avro', 'double', [0, 0, 0, 0, 0, 0, 0]],
  ])('is refused: %s', (_, code, type, bytes) => {
    expect(read(bytesOf(head, bytes), tail(type))).toMatchObject({ kind: 'rejected', code });
  });

  it('is refused for its size before it is looked at', () => {
    expect(read(new Uint8Array(LIMITS.maxBytes + 1))).toMatchObject({ kind: 'rejected', code: 'too_large' });
  });

  it('is refused at every cut', () => {
    const whole = plainAvro({
      ...EVENT,
      usage: { input_tokens: 3 },
      approvals: ['a'],
      material: { name: 'm', kind: 'k', content: 'c' },
    });
    expect(read(whole).kind).toBe('event');
    for (let length = 0; length < whole.length; length++) expect(read(whole.subarray(0, length)).kind).toBe('rejected');
  });

  it('has an outcome, whatever its bytes are', () => {
    const extras = [nested, nulls, { type: 'map', values: 'long' }, ['null', 'double', 'boolean', 'bytes']];
    const schema = compileWriterSchema(schemaText([...IDS, ...extras.map((type, n) => ({ name: `x${n}`, type }))]));
    const whole = plainAvro({ ...EVENT, usage: { input_tokens: 3 }, approvals: ['a'] });
    const changed = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
      .map((changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const property = fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      for (const writer of [OURS, schema]) {
        const decoded = read(bytes, writer);
        if (decoded.kind === 'rejected') expect(decoded.message).not.toMatch(/shell|e-1|s-1/);
      }
    });
    fc.assert(property, { seed: 3, numRuns: 3_000 });
  });
});
