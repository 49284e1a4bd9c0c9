import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Decoded, decodeEvent, type Origin } from '../../src/codec/decode-event.ts';
import { canonicalJson } from '../../src/codec/json-text.ts';
import type { Event } from '../../src/domain/event.ts';
import type { Json } from '../../src/domain/json.ts';
import { bytesOf, CONTROL, eventBytes, eventObject, FLEET, LIMITS, utf8 } from './given.ts';

function decode(changes: Record<string, unknown>, origin: Origin = FLEET): Decoded {
  return decodeEvent(eventBytes(changes), origin, LIMITS);
}

function event(changes: Record<string, unknown>, origin: Origin = FLEET): Event {
  const decoded = decode(changes, origin);
  if (decoded.kind !== 'event') throw new Error(`${decoded.code}: ${decoded.message}`);
  return decoded.event;
}

describe('an event', () => {
  test('has its members in their types, and itself as fields', () => {
    const wire = eventObject({
      call_id: 'c',
      run_id: 'r',
      step_id: 'st',
      tenant_id: 't',
      agent_id: 'a',
      parent_session_id: 'p',
      result: null,
      usage: { input_tokens: 1, output_tokens: 2, cost_usd: 0.5, duration_ms: 7, estimate: true, cached: 'x' },
      material: { name: 'm', kind: 'sbom', digest: 'sha256:00', content: '{}' },
      context: { any: [1] },
    });
    expect(decodeEvent(utf8(JSON.stringify(wire)), FLEET, LIMITS)).toEqual({
      kind: 'event',
      event: {
        eventId: 'e-1',
        type: 'tool_call',
        sessionId: 's-1',
        occurredAt: '2026-03-02T08:00:00Z',
        occurredAtMs: Date.UTC(2026, 2, 2, 8),
        callId: 'c',
        runId: 'r',
        stepId: 'st',
        tenantId: 't',
        agentId: 'a',
        parentSessionId: 'p',
        tool: 'shell',
        params: { command: 'ls' },
        result: null,
        phase: 'pre',
        usage: { inputTokens: 1, outputTokens: 2, costUsd: 0.5, durationMs: 7, estimate: true },
        material: { name: 'm', kind: 'sbom', digest: 'sha256:00', content: '{}' },
        context: { any: [1] },
        claims: {},
        extra: {},
        trusted: false,
        fields: wire,
      },
    });
  });

  test('has the defaults of what is absent, and only of that', () => {
    const call = event({ params: undefined });
    expect(call.params).toEqual({});
    expect(call.phase).toBe('pre');
    expect(call).not.toHaveProperty('result');
    expect(call.fields).not.toHaveProperty('params');
    expect(event({ type: 'tool_result' }).phase).toBe('post');
    expect(event({ type: 'tool_result', phase: 'mid' }).phase).toBe('mid');
    expect(event({ params: null }).params).toBeNull();
    expect(event({ params: [1] }).params).toEqual([1]);
  });

  test('keeps unknown members apart, in their order, and takes no name for special', () => {
    const decoded = event({ zeta: 1, tool_name: 'x', constructor: 2, toString: 3, context: {}, extra: { extra: 4 } });
    expect(decoded.extra).toEqual({ zeta: 1, tool_name: 'x', constructor: 2, toString: 3, extra: { extra: 4 } });
    expect(Object.keys(decoded.extra)).toEqual(['zeta', 'tool_name', 'constructor', 'toString', 'extra']);
    expect(Object.keys(decoded.fields)).toEqual([
      'event_id',
      'type',
      'session_id',
      'occurred_at',
      'tool',
      'params',
      'context',
    ]);
  });

  test('keeps the digits of long integers wherever any JSON may stand', () => {
    const bytes = bytesOf(
      '{"event_id":"e","type":"tool_call","session_id":"s","occurred_at":0,"tool":"t","params":{"id":9007199254740993},"x":[12345678901234567890]}',
    );
    const decoded = decodeEvent(bytes, FLEET, LIMITS);
    expect(decoded).toMatchObject({
      event: { params: { id: 9007199254740993n }, extra: { x: [12345678901234567890n] }, occurredAtMs: 0 },
    });
  });

  test('counts the length of ids in code points', () => {
    expect(event({ event_id: '😀'.repeat(128) }).eventId).toHaveLength(256);
    expect(decode({ event_id: '😀'.repeat(129) })).toMatchObject({ code: 'out_of_bounds' });
    expect(event({ session_id: 'é'.repeat(256) }).sessionId).toHaveLength(256);
    expect(decode({ session_id: 'é'.repeat(257) })).toMatchObject({ code: 'out_of_bounds' });
  });
});

describe('authority', () => {
  const grants = { mode: 'strict', approval_profile: 'auto', approvals: ['sha256:00', { capability: 'net' }] };

  test.each([
    ['the fleet', FLEET],
    ['the control topic', CONTROL],
  ])('fields from %s stand in claims, never in fields', (_, origin) => {
    const decoded = event(grants, origin);
    expect(decoded.trusted).toBe(origin.trusted);
    expect(decoded.claims).toEqual(grants);
    expect(Object.keys(decoded.fields)).toEqual(Object.keys(eventObject()));
  });

  test('to end a session is a claim from the fleet and an order from the control topic', () => {
    expect(event({ type: 'session_end' }).claims).toEqual({ session_end: true });
    expect(event({ type: 'session_end', mode: 'm' }).claims).toEqual({ mode: 'm', session_end: true });
    expect(event({ type: 'session_end' }, CONTROL).claims).toEqual({});
    expect(event({ type: 'session_end', session_end: 'x' }).extra).toEqual({ session_end: 'x' });
  });

  test.each(['approval', 'mode_change', 'session_reset'])('%s counts on the control topic only', (type) => {
    expect(event({ type }, CONTROL).type).toBe(type);
    expect(decode({ type })).toMatchObject({ code: 'unknown_type', identified: { type } });
  });
});

describe('the clock', () => {
  const occurredMs = Date.UTC(2026, 2, 2, 8);
  const at = (timestampMs: number) => decode({}, { trusted: false, timestampMs });

  test('refuses an event dated later than its record and the skew, by one millisecond', () => {
    expect(at(occurredMs - LIMITS.maxClockSkewMs).kind).toBe('event');
    expect(at(occurredMs - LIMITS.maxClockSkewMs - 1)).toMatchObject({
      kind: 'rejected',
      code: 'clock_skew',
      identified: { eventId: 'e-1', sessionId: 's-1', occurredAt: '2026-03-02T08:00:00Z' },
    });
  });

  test('does not refuse old events, nor any when nobody knows the record’s time', () => {
    expect(at(occurredMs * 2).kind).toBe('event');
    expect(at(-1).kind).toBe('event');
    expect(at(0)).toMatchObject({ code: 'clock_skew' });
  });
});

describe('a rejected event', () => {
  test('is identified by its ids and every other echo that is well formed', () => {
    const echo = { call_id: 'c', run_id: 'r', step_id: 'st', tenant_id: 't', agent_id: 'a' };
    expect(decode({ ...echo, phase: 'later' })).toEqual({
      kind: 'rejected',
      code: 'out_of_bounds',
      message: '/phase: expected pre, mid or post',
      identified: {
        eventId: 'e-1',
        type: 'tool_call',
        sessionId: 's-1',
        callId: 'c',
        runId: 'r',
        stepId: 'st',
        tenantId: 't',
        agentId: 'a',
        tool: 'shell',
        occurredAt: '2026-03-02T08:00:00Z',
      },
    });
    expect(decode({ type: 'jump', call_id: 7, tool: '', occurred_at: 'soon' })).toMatchObject({
      identified: { eventId: 'e-1', sessionId: 's-1' },
    });
    expect(decode({ type: 'jump', call_id: 7, tool: '', occurred_at: 'soon' })).not.toHaveProperty('identified.callId');
    expect(decode({ type: 'jump', call_id: 7, tool: '', occurred_at: 'soon' })).not.toHaveProperty('identified.type');
    expect(decode({ type: 'jump', call_id: 7, tool: '', occurred_at: 'soon' })).not.toHaveProperty('identified.tool');
    expect(decode({ type: 'jump', call_id: 7, tool: '', occurred_at: 'soon' })).not.toHaveProperty(
      'identified.occurredAt',
    );
  });

  test.each([
    ['no event_id', { event_id: undefined }],
    ['an event_id that is too long', { event_id: 'x'.repeat(129) }],
    ['an empty session_id', { session_id: '' }],
    ['a session_id that is no string', { session_id: 5 }],
  ])('is not identified with %s', (_, changes) => {
    expect(decode(changes)).toMatchObject({ kind: 'rejected' });
    expect(decode(changes)).not.toHaveProperty('identified');
  });

  const IDS = '"event_id":"e","session_id":"s"';
  test.each([
    ['a member twice', `{${IDS},"a":1,"a":2}`],
    ['an echo twice', `{${IDS},"tool":"x","tool":"y"}`],
    ['__proto__', `{${IDS},"__proto__":{}}`],
    ['half a surrogate pair', `{${IDS},"a":"\\ud800"}`],
    ['a number beyond a double', `{"n":1e999,${IDS}}`],
    ['too many levels', `{"n":${'['.repeat(70)}${']'.repeat(70)},${IDS}}`],
    ['the most levels that fit', `{${IDS},"n":${'['.repeat(130_000)}${']'.repeat(130_000)}}`],
    ['too many values', `{"n":[${'0,'.repeat(60_000)}0],${IDS}}`],
  ])('is identified by its two ids when only strictness refuses it: %s', (_, text) => {
    expect(decodeEvent(utf8(text), FLEET, LIMITS)).toMatchObject({ identified: { eventId: 'e', sessionId: 's' } });
    expect(decodeEvent(utf8(text), FLEET, LIMITS)).not.toHaveProperty('identified.tool');
  });

  test.each([
    ['two event ids', '{"event_id":"e","session_id":"s","event_id":"f"}'],
    ['two session ids', '{"session_id":"s","event_id":"e","session_id":"t"}'],
    ['an id with half a surrogate pair', '{"event_id":"\\ud800","session_id":"s"}'],
    ['bytes that are not JSON', '{"event_id":"e","session_id":"s",}'],
    ['bytes that are not UTF-8', '{"event_id":"e","session_id":"s","a":"\xff"}', 'latin1'],
    ['more bytes than allowed', `{"event_id":"e","session_id":"s","a":"${'x'.repeat(262_144)}"}`],
    ['a document after it', '{"event_id":"e","session_id":"s"}{}'],
    ['a deep document that is not JSON', `{"event_id":"e","session_id":"s","n":${'['.repeat(70)}`],
  ])('is not identified by %s', (_, text, encoding = 'utf8') => {
    const decoded = decodeEvent(Buffer.from(text, encoding as BufferEncoding), FLEET, LIMITS);
    expect(decoded.kind).toBe('rejected');
    expect(decoded).not.toHaveProperty('identified');
  });
});

test('every JSON object has an outcome, and an event loses none of its members', () => {
  const value = fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom(null, -1, 1e20, '', 'pre', 'approval'));
  const names = ['type', 'occurred_at', 'tool', 'params', 'result', 'phase', 'usage', 'mode', 'approvals'];
  const changes = fc.dictionary(fc.constantFrom(...names, 'material', 'context', 'other'), value, { maxKeys: 3 });
  let events = 0;
  fc.assert(
    fc.property(changes, fc.boolean(), (members, trusted) => {
      const decoded = decode(members, { trusted, timestampMs: -1 });
      if (decoded.kind === 'rejected') {
        expect(decoded.identified).toMatchObject({ eventId: 'e-1' });
        return;
      }
      events++;
      const { fields, claims, extra } = decoded.event;
      const sent = JSON.parse(JSON.stringify(eventObject(members))) as Json;
      expect(canonicalJson({ ...fields, ...claims, ...extra })).toBe(canonicalJson(sent));
    }),
    { seed: 42, numRuns: 1000 },
  );
  expect(events).toBeGreaterThan(100);
});
