import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decisionText } from '../../src/codec/decision-text.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { denyUnfolded } from '../../src/judge/judge-event.ts';
import { rejectedDecision } from '../../src/judge/rejected-event.ts';
import { arbitraryHistory, arbitraryPolicies } from '../judge/arbitrary-history.ts';
import { aSet, call, eventAt, judgeAll, REVISION } from '../judge/history.ts';
import { validator } from '../schemas/schema-files.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

const BARE: Decision = {
  decisionId: 'd',
  eventId: 'e',
  sessionId: 's',
  effect: 'deny',
  reasons: [],
  patches: [],
  obligations: [],
  verdicts: [],
  policyRevision: DIGEST,
};

const FULL: Decision = {
  ...BARE,
  callId: 'c',
  type: 'tool_call',
  runId: 'r',
  stepId: 'st',
  tenantId: 't',
  agentId: 'a',
  tool: 'shell "x"',
  occurredAt: '2026-03-02T08:00:00Z',
  effect: 'redact',
  reason: 'one; zwei\u2028',
  reasons: [{ policy: 'p', rule: 'r', code: 'c', message: 'one' }],
  patches: [
    { op: 'replace', path: '/params/a', value: null },
    { op: 'remove', path: '/params/b' },
    { op: 'add', path: '/params/c', value: { n: 9007199254740993n } },
  ],
  obligations: [{ policy: 'p', kind: 'sandbox', value: false }],
  verdicts: [
    {
      policy: 'p',
      version: DIGEST,
      mode: 'enforce',
      effect: 'redact',
      reason: 'one',
      rule: 'r',
      code: 'c',
      patches: [{ op: 'remove', path: '/params/b' }],
      obligations: [{ kind: 'sandbox', value: false }],
      labels: { a: 'b' },
      findings: [{ id: 1 }, 'text'],
      skipped: true,
      skipReason: 'why',
      ignored: true,
      state: { kept: 1 },
      recorded: true,
      error: { code: 'timeout', message: 'late' },
    },
    { policy: 'q', version: DIGEST, mode: 'shadow', effect: 'allow', skipped: false, patches: [], findings: [] },
  ],
  session: { seq: 3, digest: DIGEST },
  inputIdentity: DIGEST,
  enforcedIdentity: DIGEST,
  error: { code: 'trap', message: 'm' },
};

const parse = (decision: Decision) => JSON.parse(decisionText(decision)) as JsonObject;
const keys = (value: Json | undefined) => Object.keys(value as JsonObject);

describe('the text of a decision', () => {
  it('has the members of the contract in its order', () => {
    expect(keys(parse(FULL))).toEqual([
      'decision_id',
      'event_id',
      'call_id',
      'type',
      'session_id',
      'run_id',
      'step_id',
      'tenant_id',
      'agent_id',
      'tool',
      'occurred_at',
      'effect',
      'reason',
      'reasons',
      'patches',
      'obligations',
      'verdicts',
      'policy_revision',
      'session',
      'input_identity',
      'enforced_identity',
      'error',
    ]);
    const [first] = parse(FULL).verdicts as JsonObject[];
    expect(keys(first)).toEqual([
      'policy',
      'version',
      'effect',
      'reason',
      'patches',
      'findings',
      'skipped',
      'skip_reason',
      'ignored',
      'recorded',
      'error',
      'mode',
    ]);
  });

  it('leaves out what is absent, and of lists nothing', () => {
    expect(keys(parse(BARE))).toEqual([
      'decision_id',
      'event_id',
      'session_id',
      'effect',
      'reasons',
      'patches',
      'obligations',
      'verdicts',
      'policy_revision',
    ]);
    const [, second] = parse(FULL).verdicts as JsonObject[];
    expect(second).toEqual({ policy: 'q', version: DIGEST, effect: 'allow', mode: 'shadow' });
  });

  it('says what the decision says', () => {
    expect(parse(FULL)).toMatchObject({
      tool: 'shell "x"',
      reason: 'one; zwei\u2028',
      reasons: [{ policy: 'p', rule: 'r', code: 'c', message: 'one' }],
      obligations: [{ policy: 'p', kind: 'sandbox', value: false }],
      session: { seq: 3, digest: DIGEST },
      error: { code: 'trap', message: 'm' },
    });
    expect(parse(FULL).patches).toMatchObject([{ value: null }, { op: 'remove' }, { op: 'add' }]);
    expect(decisionText(FULL)).toContain('{"n":9007199254740993}');
    expect(parse({ ...BARE, occurredAt: 0 }).occurred_at).toBe(0);
  });

  it('does not hold what policies keep to themselves', () => {
    expect(decisionText(FULL)).not.toMatch(/"state"|"labels"|"kept"/);
  });

  it('is one line', () => {
    expect(decisionText({ ...FULL, reason: 'a\nb', tool: '\r\n' })).not.toMatch(/[\r\n]/);
  });
});

describe('every decision', () => {
  const validate = validator('decision');
  const expectValid = (decision: Decision) => {
    validate(parse(decision));
    expect(validate.errors ?? []).toEqual([]);
  };

  it('of any history fits schemas/decision.schema.json', () => {
    const property = fc.property(arbitraryPolicies, arbitraryHistory, (policies, history) => {
      // Versions are digests in production; the schema asks for no more than a text.
      for (const judgement of judgeAll(aSet(policies), history).judgements) {
        if (judgement.kind === 'decided') expectValid(judgement.decision);
      }
    });
    fc.assert(property, { seed: 42, numRuns: 50 });
  });

  it('that was not folded fits it too', () => {
    expectValid(denyUnfolded(aSet([]), eventAt(0, call()), { code: 'session_limit', message: 'full' }));
    const identified = { eventId: 'e', sessionId: 's' };
    expectValid(rejectedDecision({ code: 'wrong_type', message: 'm', identified }, new Uint8Array(), REVISION));
  });
});
