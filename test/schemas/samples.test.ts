import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decisionText } from '../../src/codec/decision-text.ts';
import { AUDIT_KINDS, type AuditKind, type Decision, EMPTY_CHAIN } from '../../src/domain/decision.ts';
import { chainRecord } from '../../src/judge/audit-record.ts';
import { type Format, readJsonSchema, validator } from './schema-files.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;
const HASH = 'b1'.repeat(32);

const denied = {
  decision_id: 'd',
  event_id: 'e',
  session_id: 's',
  effect: 'deny',
  reasons: [],
  patches: [],
  obligations: [],
  verdicts: [],
  policy_revision: DIGEST,
};
const patched = {
  ...denied,
  type: 'tool_call',
  tool: 'shell',
  occurred_at: 0,
  effect: 'redact',
  reason: 'a secret',
  reasons: [{ policy: 'pii', rule: 'r', code: 'c', message: 'a secret' }],
  patches: [{ op: 'replace', path: '/params/token', value: null }],
  obligations: [{ policy: 'egress', kind: 'egress_allowlist', value: ['github.com'] }],
  verdicts: [
    { policy: 'pii', version: '1', effect: 'redact', findings: [{}], skipped: false, recorded: true, mode: 'enforce' },
  ],
  session: { seq: 1, digest: DIGEST },
  input_identity: DIGEST,
  enforced_identity: DIGEST,
};
const error = { code: 'timeout', message: 'no answer within 100 ms' };

const link = {
  audit_id: '0-0',
  recorded_at: '2026-03-02T08:00:00.000Z',
  partition: 0,
  index: 0,
  prev_hash: HASH,
  hash: HASH,
};
const source = { topic: 'agent.steps', partition: 0, offset: 7 };
const letter = {
  tollgate_error_code: 'invalid_json',
  tollgate_error_message: 'not valid JSON',
  tollgate_source: 'agent.steps/0/7',
  key: 's',
};
const stub = { ...letter, tollgate_error_code: 'too_large', value_bytes: 300_000, value_head_sha256: HASH };

type Sample = readonly [format: Format, what: string, value: object];

const VALID: readonly Sample[] = [
  ['decision', 'a deny without a fold', denied],
  ['decision', 'a deny with an error', { ...denied, error, reason: 'x' }],
  ['decision', 'a redact with everything', patched],
  ['audit', 'a decision', { ...link, kind: 'decision', source, decision: patched, event: { any: 1 } }],
  ['audit', 'a duplicate', { ...link, kind: 'duplicate_event', source, detail: {} }],
  ['audit', 'a rejection', { ...link, kind: 'event_rejected', source, detail: { error_code: 'empty' } }],
  ['audit', 'a rejection with its decision', { ...link, kind: 'event_rejected', source, decision: denied, detail: {} }],
  ['audit', 'a loaded policy', { ...link, kind: 'policy_loaded', detail: { policy: 'egress' } }],
  ['audit', 'a denied access of an event', { ...link, kind: 'access_denied', source, detail: {} }],
  ['dead-letter', 'a value', { ...letter, value: '{}' }],
  ['dead-letter', 'a value that is no text', { ...letter, value_base64: '/w==' }],
  ['dead-letter', 'no key and no value', { ...letter, tollgate_error_code: 'empty', key: null, value: null }],
  ['dead-letter', 'a stub', stub],
];

const INVALID: readonly Sample[] = [
  ['decision', 'an unknown member', { ...denied, decided_at: 1 }],
  ['decision', 'no verdicts', { ...denied, verdicts: undefined }],
  ['decision', 'an unknown effect', { ...denied, effect: 'block' }],
  ['decision', 'an empty reason', { ...denied, reason: '' }],
  ['decision', 'an error that allows', { ...denied, effect: 'allow', error }],
  ['decision', 'an unknown error code', { ...denied, error: { code: 'oops', message: '' } }],
  ['decision', 'a deny with patches', { ...patched, effect: 'deny' }],
  ['decision', 'an enforced identity without patches', { ...patched, patches: [] }],
  ['decision', 'a patch of an id', { ...patched, patches: [{ op: 'replace', path: '/session_id', value: 'x' }] }],
  ['decision', 'a patch beside a member', { ...patched, patches: [{ op: 'replace', path: '/paramsx', value: 'x' }] }],
  ['decision', 'a replacement without a value', { ...patched, patches: [{ op: 'replace', path: '/params' }] }],
  ['decision', 'a removal with a value', { ...patched, patches: [{ op: 'remove', path: '/params/a', value: 1 }] }],
  ['decision', 'another operation', { ...patched, patches: [{ op: 'move', path: '/params/a', value: 1 }] }],
  ['decision', 'a fold without a digest', { ...denied, session: { seq: 1 } }],
  ['decision', 'a revision in capitals', { ...denied, policy_revision: DIGEST.toUpperCase() }],
  ['audit', 'a decision without its source', { ...link, kind: 'decision', decision: denied, event: {} }],
  ['audit', 'a decision without its event', { ...link, kind: 'decision', source, decision: denied }],
  ['audit', 'a decision that is none', { ...link, kind: 'decision', source, decision: {}, event: {} }],
  ['audit', 'a duplicate with a decision', { ...link, kind: 'duplicate_event', source, decision: denied }],
  ['audit', 'a loaded policy with a source', { ...link, kind: 'policy_loaded', source }],
  ['audit', 'a policy record with an event', { ...link, kind: 'policy_updated', event: {} }],
  ['audit', 'no hash', { ...link, kind: 'policy_loaded', hash: undefined }],
  ['audit', 'a local time', { ...link, kind: 'policy_loaded', recorded_at: '2026-03-02T08:00:00+01:00' }],
  ['dead-letter', 'an unknown code', { ...letter, tollgate_error_code: 'bad', value: '' }],
  ['dead-letter', 'no value', letter],
  ['dead-letter', 'a value that is not base64', { ...letter, value_base64: '{}' }],
  ['dead-letter', 'two values', { ...letter, value: '', value_base64: '' }],
  ['dead-letter', 'a stub with its value', { ...stub, value: '' }],
  ['dead-letter', 'a source without an offset', { ...letter, tollgate_source: 'agent.steps/0', value: '' }],
];

/** As it goes over the wire: members that are undefined are absent. */
function isValid(format: Format, value: object): boolean {
  return validator(format)(JSON.parse(JSON.stringify(value)));
}

describe('the schemas', () => {
  test.each(VALID)('of %s take %s', (format, _, value) => {
    expect(isValid(format, value)).toBe(true);
  });

  test.each(INVALID)('of %s refuse %s', (format, _, value) => {
    expect(isValid(format, value)).toBe(false);
  });
});

describe('what Tollgate writes', () => {
  const decision: Decision = {
    decisionId: 'd',
    eventId: 'e',
    callId: 'c',
    type: 'tool_call',
    sessionId: 's',
    runId: 'r',
    stepId: 'st',
    tenantId: 't',
    agentId: 'a',
    tool: 'shell',
    occurredAt: '2026-03-02T08:00:00Z',
    effect: 'redact',
    reason: 'why',
    reasons: [{ policy: 'p', rule: 'r', code: 'c', message: 'why' }],
    patches: [
      { op: 'remove', path: '/params/a' },
      { op: 'add', path: '/context/b', value: 12345678901234567890n },
    ],
    obligations: [{ policy: 'p', kind: 'sandbox', value: { level: 1 } }],
    verdicts: [
      {
        policy: 'p',
        version: DIGEST,
        mode: 'enforce',
        effect: 'redact',
        reason: 'why',
        patches: [{ op: 'remove', path: '/params/a' }],
        findings: ['f'],
        recorded: true,
      },
      {
        policy: 'q',
        version: DIGEST,
        mode: 'shadow',
        effect: 'deny',
        skipped: true,
        skipReason: 's',
        ignored: true,
        error: { code: 'trap', message: 'm' },
      },
    ],
    policyRevision: DIGEST,
    session: { seq: 3, digest: DIGEST },
    inputIdentity: DIGEST,
    enforcedIdentity: DIGEST,
  };
  const inOrderOf = (format: Format, text: string) => {
    const written = Object.keys(JSON.parse(text) as object);
    const order = Object.keys(readJsonSchema(format).properties as object);
    expect(written).toEqual(order.filter((name) => written.includes(name)));
  };

  test('as a decision fits the schema, in its order', () => {
    const text = decisionText(decision);
    expect(isValid('decision', JSON.parse(text) as object)).toBe(true);
    inOrderOf('decision', text);
  });

  test.each(AUDIT_KINDS)('as an audit record of kind %s fits the schema, in its order, hash last', (kind) => {
    const { text } = chainRecord({ ...noteOf(kind), detailText: '{}' }, 3, EMPTY_CHAIN, '2026-03-02T08:00:00.000Z');
    expect(isValid('audit', JSON.parse(text) as object)).toBe(true);
    inOrderOf('audit', text);
    const at = text.lastIndexOf(',"hash":');
    const digest = createHash('sha256').update(text.slice(0, at)).digest('hex');
    expect(text.slice(at)).toBe(`,"hash":"${digest}"}`);
  });

  function noteOf(kind: AuditKind) {
    if (kind === 'decision')
      return { kind, source, decisionText: decisionText(decision), eventText: '{"event_id":"e"}' };
    return kind === 'duplicate_event' || kind === 'event_rejected' ? { kind, source } : { kind };
  }
});
