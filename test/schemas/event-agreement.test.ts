import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEvent } from '../../src/codec/decode-event.ts';
import { CONTROL, eventObject, FLEET, LIMITS, utf8 } from '../codec/given.ts';
import { validator } from './schema-files.ts';

const validate = validator('event');

/** What the schema and the decoder say about the same text; control types count, as they do on the control topic. */
function verdicts(changes: Record<string, unknown>): { readonly schema: boolean; readonly decoder: boolean } {
  const text = JSON.stringify(eventObject(changes));
  return { schema: validate(JSON.parse(text)), decoder: decodeEvent(utf8(text), CONTROL, LIMITS).kind === 'event' };
}

const id = (length: number) => 'i'.repeat(length);
const material = { name: 'm', kind: 'sbom' };

const VALID: readonly Record<string, unknown>[] = [
  {},
  { event_id: id(128) },
  { event_id: '😀'.repeat(128) },
  { session_id: id(256) },
  { type: 'step', tool: undefined },
  { type: 'step', tool: 'named all the same' },
  { type: 'session_start', tool: undefined, params: undefined },
  { type: 'session_end', tool: undefined },
  { type: 'tool_result', result: null },
  { type: 'approval', tool: undefined, approvals: ['sha256:00'] },
  { type: 'mode_change', tool: undefined, mode: 'strict' },
  { type: 'session_reset', tool: undefined },
  { occurred_at: 0 },
  { occurred_at: 8_640_000_000_000_000 },
  { occurred_at: '2026-03-02T08:00:00.123456789+05:30' },
  { occurred_at: '2024-02-29t08:00:00z' },
  { params: null },
  { params: 'text' },
  { params: [[], {}, 0.5, -1e300] },
  { result: { any: 'thing' } },
  { phase: 'pre' },
  { phase: 'mid' },
  { phase: 'post' },
  { call_id: id(256), run_id: 'r', step_id: 's', tenant_id: 't', agent_id: 'a', parent_session_id: 'p' },
  { usage: {} },
  { usage: { input_tokens: 0, output_tokens: 1, cost_usd: 1e-9, duration_ms: 9_007_199_254_740_991 } },
  { usage: { estimate: false, cached_tokens: 'anything' } },
  { mode: id(64), approval_profile: 'p', approvals: [] },
  { approvals: Array.from({ length: 64 }, () => ({ operation: 'sha256:00' })) },
  { approvals: [id(256), {}] },
  { material: { ...material, content: '' } },
  { material: { ...material, digest: 'sha256:00', content_base64: 'QUJD', more: 1 } },
  { material: { ...material, content_base64: '' } },
  { material: { ...material, content_base64: 'QUI=' } },
  { context: {} },
  { context: { run_id: 'another' } },
  { extra: 1, Event_Id: 2, session: {}, claims: [] },
];

const INVALID: readonly Record<string, unknown>[] = [
  { event_id: undefined },
  { event_id: null },
  { event_id: 7 },
  { event_id: '' },
  { event_id: id(129) },
  { event_id: '😀'.repeat(129) },
  { type: undefined },
  { type: null },
  { type: 'toolcall' },
  { type: ['step'] },
  { session_id: undefined },
  { session_id: '' },
  { session_id: id(257) },
  { session_id: { id: 's' } },
  { occurred_at: undefined },
  { occurred_at: null },
  { occurred_at: true },
  { occurred_at: -1 },
  { occurred_at: 1.5 },
  { occurred_at: 8_640_000_000_000_001 },
  { occurred_at: 1e20 },
  { occurred_at: '1772438400000' },
  { occurred_at: '2026-03-02T08:00:00' },
  { occurred_at: '2026-02-30T08:00:00Z' },
  { occurred_at: '2026-12-31T23:59:60Z' },
  { occurred_at: '' },
  { tool: undefined },
  { type: 'tool_result', tool: undefined },
  { tool: '' },
  { tool: null },
  { tool: id(257) },
  { type: 'step', tool: '' },
  { call_id: '' },
  { call_id: null },
  { call_id: 1 },
  { run_id: id(257) },
  { step_id: [] },
  { tenant_id: '' },
  { agent_id: false },
  { parent_session_id: '' },
  { phase: 'PRE' },
  { phase: null },
  { phase: 0 },
  { usage: null },
  { usage: [] },
  { usage: { input_tokens: -1 } },
  { usage: { output_tokens: '1' } },
  { usage: { cost_usd: null } },
  { usage: { duration_ms: 1e20 } },
  { usage: { estimate: 'true' } },
  { mode: '' },
  { mode: id(65) },
  { mode: null },
  { approval_profile: 1 },
  { approvals: 'sha256:00' },
  { approvals: [''] },
  { approvals: [null] },
  { approvals: [['sha256:00']] },
  { approvals: [id(257)] },
  { approvals: Array.from({ length: 65 }, () => 'a') },
  { material: null },
  { material: material },
  { material: { ...material, content: 'x', content_base64: 'QUJD' } },
  { material: { ...material, content: 1 } },
  { material: { ...material, content_base64: 'QUJ' } },
  { material: { ...material, content_base64: 'QU-_' } },
  { material: { ...material, content_base64: '====' } },
  { material: { kind: 'sbom', content: '' } },
  { material: { name: '', kind: 'sbom', content: '' } },
  { material: { ...material, digest: '', content: '' } },
  { context: null },
  { context: [] },
  { context: 'text' },
];

const named = (cases: readonly Record<string, unknown>[]) =>
  cases.map(
    (changes) => [JSON.stringify(changes, (_, value: unknown) => value ?? `<${value}>`).slice(0, 80), changes] as const,
  );

describe('the event schema and the decoder', () => {
  test.each(named(VALID))('take %s', (_, changes) => {
    expect(verdicts(changes)).toEqual({ schema: true, decoder: true });
  });

  test.each(named(INVALID))('refuse %s', (_, changes) => {
    expect(verdicts(changes)).toEqual({ schema: false, decoder: false });
  });

  test('agree on any members', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom(null, 0, -1, 1e20, '', 'mid', 'step', 'approval', '2026-03-02T08:00:00Z', {
        name: 'n',
        kind: 'k',
      }),
    );
    const names = ['event_id', 'type', 'session_id', 'occurred_at', 'call_id', 'tool', 'params', 'phase', 'usage'];
    const changes = fc.dictionary(fc.constantFrom(...names, 'mode', 'approvals', 'material', 'context'), value, {
      maxKeys: 3,
    });
    fc.assert(
      fc.property(changes, (members) => {
        // The schema cannot say that no object may have this member.
        fc.pre(!JSON.stringify(members).includes('__proto__'));
        const { schema, decoder } = verdicts(members);
        expect(decoder).toBe(schema);
      }),
      { seed: 42, numRuns: 2000 },
    );
  });

  test('take every event of a real history', () => {
    const file = new URL('../history/airline.ndjson.gz', import.meta.url);
    const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
    const refused = lines.filter(
      (line) => !validate(JSON.parse(line)) || decodeEvent(utf8(line), FLEET, LIMITS).kind !== 'event',
    );
    expect(lines).toHaveLength(5598);
    expect(refused).toEqual([]);
  });
});
