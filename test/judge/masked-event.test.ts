import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { maskSensitive } from '../../src/inspectors/sensitive-spans.ts';
import { type AuditMask, maskedEventText } from '../../src/judge/masked-event.ts';
import { call, eventAt, type Given, step, T0 } from './history.ts';

const MASK: AuditMask = {
  options: { maskKeys: ['password', 'secret', 'token', 'key'], maxStringLength: 200 },
  maskText: maskSensitive,
};
const SECRET = 'hunter2-correct-horse';
const CARD = '4111 1111 1111 1111';

function masked(given: Given): JsonObject {
  return JSON.parse(maskedEventText(eventAt(0, given), MASK)) as JsonObject;
}

describe('the event of an audit record', () => {
  it('keeps its envelope as it came', () => {
    const envelope = {
      call_id: 'token-call',
      run_id: 'key-run',
      tenant_id: 'password-tenant',
      agent_id: 'agent',
      parent_session_id: 'secret-parent',
      step_id: 'st',
      phase: 'mid',
      usage: { input_tokens: 7, output_tokens: 8, cost_usd: 0.5, duration_ms: 3, estimate: true },
    };
    expect(masked(call({ a: 1 }, envelope))).toEqual({
      event_id: 'e0',
      session_id: 's1',
      occurred_at: T0,
      type: 'tool_call',
      tool: 'shell',
      params: { a: 1 },
      ...envelope,
    });
  });

  it.each<readonly [string, Given]>([
    ['params', call({ password: SECRET })],
    ['deep in params', call({ a: [{ db_Password: SECRET }] })],
    ['a text of params', call({ command: `login --password ${SECRET}` })],
    ['result', { fields: { type: 'tool_result', tool: 't', result: { api_key: SECRET } }, trusted: false }],
    ['context', step({ context: { secrets: { nested: [SECRET] } } })],
    ['material', step({ material: { name: 'm', kind: 'k', content: `password=${SECRET}` } })],
    ['usage, in a member that means nothing', step({ usage: { input_tokens: 1, api_key: SECRET } })],
    ['usage, in a text', step({ usage: { note: `password=${SECRET}` } })],
    ['an extra member', step({ my_token: SECRET })],
    ['an extra member’s text', step({ note: { text: `password=${SECRET}` } })],
    ['a claim', step({ approvals: [{ capability: 'x', token: SECRET }] })],
    ['a claim of an authority', { fields: { type: 'approval', approvals: [{ api_key: SECRET }] }, trusted: true }],
    ['a member’s name', call({ [`password=${SECRET}`]: 1 })],
  ])('does not hold a secret of %s', (_, given) => {
    expect(maskedEventText(eventAt(0, given), MASK)).not.toContain(SECRET);
  });

  it('does not hold PII', () => {
    const text = maskedEventText(eventAt(0, call({ note: `card ${CARD}, mail ann@example.com` })), MASK);
    expect(text).not.toContain(CARD);
    expect(text).not.toContain('ann@example.com');
  });

  it('shows amounts, although a name like input_tokens holds a masked part', () => {
    expect(masked(step({ usage: { input_tokens: 7, session_key: SECRET } })).usage).toEqual({
      input_tokens: 7,
      session_key: '[masked]',
    });
  });

  it('shows claims and extra members beside the others', () => {
    expect(masked(call({}, { mode: 'admin', note: 'n' }))).toMatchObject({ tool: 'shell', mode: 'admin', note: 'n' });
  });

  it('cuts long texts', () => {
    const { params } = masked(call({ text: 'x'.repeat(500) }));
    expect((params as JsonObject).text).toBe(`${'x'.repeat(200)}…(+300 chars)`);
  });
});
