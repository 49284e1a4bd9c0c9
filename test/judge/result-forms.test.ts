import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvaluationFault } from '../../src/domain/errors.ts';
import type { Json } from '../../src/domain/json.ts';
import { RESULT_FORMS, type ResultForm } from '../../src/domain/policy.ts';
import { EFFECTS } from '../../src/domain/verdict.ts';
import { answerFrom, resultValue } from '../../src/judge/result-forms.ts';

const OPEN = { gate: false };
const PATCH = { op: 'replace', path: '/params/a', value: '*' };

function faultOf(act: () => unknown): string {
  try {
    return `no fault, but ${JSON.stringify(act())}`;
  } catch (thrown) {
    if (thrown instanceof EvaluationFault) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
}

describe('a result set', () => {
  it('of one result is that result, whatever it is', () => {
    for (const value of [null, false, 0, '', {}, []]) expect(resultValue([{ result: value }])).toEqual(value);
  });

  it('that is empty has no value, which no form takes', () => {
    expect(resultValue([])).toBeUndefined();
    for (const form of RESULT_FORMS) expect(faultOf(() => answerFrom(form, undefined, OPEN))).toContain('no_result: ');
  });

  const bad: readonly Json[] = [
    null,
    {},
    'x',
    [{}],
    [{ expressions: [] }],
    [1],
    [null],
    [{ result: 1 }, { result: 1 }],
    { result: 1 },
  ];
  it.each(bad.map((value) => [JSON.stringify(value), value] as const))('that is %s is refused', (_text, value) => {
    expect(faultOf(() => resultValue(value))).toContain('invalid_result: ');
  });
});

describe('result: decision', () => {
  it('takes every member of an answer', () => {
    const full = {
      effect: 'ask',
      reason: 'why',
      rule: 'r1',
      code: 'c1',
      patches: [PATCH, { op: 'remove', path: '/params/b' }],
      obligations: [{ kind: 'approval', value: { operation: 'sha256:a' } }],
      labels: { tier: 'high' },
      findings: [{ message: 'm' }, 'text'],
    };
    expect(answerFrom('decision', full, OPEN)).toEqual(full);
  });

  it('ignores members that it does not know, and leaves out empty ones', () => {
    const raw = { effect: 'allow', reason: '', patches: [], obligations: [], labels: {}, findings: [], other: 5 };
    expect(answerFrom('decision', raw, OPEN)).toEqual({ effect: 'allow' });
  });

  it('keeps a patch that sets null', () => {
    const patch = { op: 'add', path: '/params/a', value: null };
    expect(answerFrom('decision', { effect: 'redact', patches: [patch] }, OPEN).patches).toEqual([patch]);
  });

  const bad: readonly (readonly [Json, string])[] = [
    [null, 'result: expected an object, got null'],
    [true, 'result: expected an object, got a boolean'],
    ['deny', 'result: expected an object, got a string'],
    [[], 'result: expected an object, got an array'],
    [10, 'result: expected an object, got a number'],
    [{}, 'result.effect: expected one of allow, warn, redact, ask, deny, got nothing'],
    [{ effect: 'DENY' }, 'got another word'],
    [{ effect: 'block' }, 'got another word'],
    [{ effect: true }, 'result.effect: expected one of allow, warn, redact, ask, deny, got a boolean'],
    [{ effect: 'redact' }, 'a redact needs at least one patch'],
    [{ effect: 'redact', patches: [] }, 'a redact needs at least one patch'],
    [{ effect: 'deny', reason: 5 }, 'result.reason: expected a string'],
    [{ effect: 'deny', reason: 'x'.repeat(4097) }, 'result.reason: longer than 4096'],
    [{ effect: 'deny', rule: {} }, 'result.rule: expected a string'],
    [{ effect: 'allow', patches: {} }, 'result.patches: expected an array'],
    [{ effect: 'allow', patches: null }, 'result.patches: expected an array, got null'],
    [{ effect: 'allow', patches: ['junk'] }, 'result.patches[0]: expected an object'],
    [
      { effect: 'allow', patches: [PATCH, { op: 'move', from: '/a', path: '/b' }] },
      'result.patches[1].op: expected one of',
    ],
    [
      { effect: 'allow', patches: [{ op: 'replace', path: '/a' }] },
      'result.patches[0].value: expected a value, got nothing',
    ],
    [
      { effect: 'allow', patches: [{ op: 'remove', path: 'a' }] },
      'result.patches[0].path: expected a JSON Pointer to a member',
    ],
    [
      { effect: 'allow', patches: [{ op: 'remove', path: '' }] },
      'result.patches[0].path: expected a JSON Pointer to a member',
    ],
    [{ effect: 'allow', patches: Array.from({ length: 65 }, () => PATCH) }, 'result.patches: more than 64'],
    [{ effect: 'allow', obligations: [{ value: 1 }] }, 'result.obligations[0].kind: expected a string'],
    [{ effect: 'allow', obligations: [{ kind: 'x' }] }, 'result.obligations[0].value: expected a value'],
    [{ effect: 'allow', labels: [] }, 'result.labels: expected an object'],
    [{ effect: 'allow', labels: { a: 1 } }, 'result.labels: each member: expected a string'],
    [{ effect: 'allow', findings: {} }, 'result.findings: expected an array'],
    [{ effect: 'allow', findings: [1] }, 'result.findings[0]: expected an object or a string'],
  ];
  it.each(bad)('refuses %j', (raw, message) => {
    expect(faultOf(() => answerFrom('decision', raw, OPEN))).toMatch(/^invalid_result: /);
    expect(faultOf(() => answerFrom('decision', raw, OPEN))).toContain(message);
  });

  it('never repeats what the policy said in a fault', () => {
    const secret = 'sk-12345';
    const raws = [
      { effect: secret },
      { effect: 'allow', patches: [{ op: secret, path: secret }] },
      { effect: 'allow', labels: { [secret]: 1 } },
    ];
    for (const raw of raws) expect(faultOf(() => answerFrom('decision', raw, OPEN))).not.toContain(secret);
  });
});

describe('result: deny_set', () => {
  it('allows when it is empty', () => {
    expect(answerFrom('deny_set', [], OPEN)).toEqual({ effect: 'allow' });
  });

  it('gives each reason once, in one order whatever order the set came in', () => {
    const answer = { effect: 'deny', reason: 'a; b; c' };
    expect(answerFrom('deny_set', ['c', 'a', { msg: 'b' }, 'a'], OPEN)).toEqual(answer);
    expect(answerFrom('deny_set', [{ message: 'a' }, 'b', 'c'], OPEN)).toEqual(answer);
  });

  it('denies for a reason that says nothing', () => {
    expect(answerFrom('deny_set', [''], OPEN)).toEqual({ effect: 'deny', reason: 'not allowed' });
  });

  const bad: readonly Json[] = [
    null,
    false,
    {},
    'x',
    { deny: [] },
    [1],
    [null],
    [{}],
    [{ message: 5 }],
    [['x']],
    Array.from({ length: 65 }, () => 'x'),
  ];
  it.each(bad.map((raw) => [raw]))('refuses %j', (raw) => {
    expect(faultOf(() => answerFrom('deny_set', raw, OPEN))).toContain('invalid_result: ');
  });
});

describe('result: allow', () => {
  const good: readonly (readonly [Json, object])[] = [
    [true, { effect: 'allow' }],
    [false, { effect: 'deny', reason: 'not allowed' }],
    [{ allow: true }, { effect: 'allow' }],
    [
      { allow: true, reason: 'r' },
      { effect: 'allow', reason: 'r' },
    ],
    [{ allow: false }, { effect: 'deny', reason: 'not allowed' }],
    [
      { allow: false, reason: 'r' },
      { effect: 'deny', reason: 'r' },
    ],
    [
      { allow: false, reason: '' },
      { effect: 'deny', reason: 'not allowed' },
    ],
  ];
  it.each(good)('reads %j', (raw, answer) => {
    expect(answerFrom('allow', raw, OPEN)).toEqual(answer);
  });

  const bad: readonly Json[] = [
    null,
    1,
    'true',
    [],
    [true],
    {},
    { allow: 'yes' },
    { allow: null },
    { allow: true, reason: 5 },
    { deny: false },
  ];
  it.each(bad.map((raw) => [raw]))('refuses %j', (raw) => {
    expect(faultOf(() => answerFrom('allow', raw, OPEN))).toContain('invalid_result: ');
  });
});

describe('result: violations', () => {
  const gate = { gate: true };

  it('allows when there are none', () => {
    for (const raw of [{ violations: [] }, { findings: [] }, { skipped: false, violations: [], ignore: false }]) {
      expect(answerFrom('violations', raw, gate)).toEqual({ effect: 'allow' });
    }
  });

  it('warns of violations, and denies for them as a gate', () => {
    const raw = { violations: ['b', { message: 'a' }] };
    expect(answerFrom('violations', raw, OPEN)).toEqual({
      effect: 'warn',
      reason: 'a; b',
      findings: [{ message: 'a' }],
    });
    expect(answerFrom('violations', raw, gate)).toMatchObject({ effect: 'deny', reason: 'a; b' });
  });

  it('takes findings instead of violations when there are any', () => {
    const findings = [{ message: 'f', severity: 'high' }];
    expect(answerFrom('violations', { violations: ['v'], findings }, gate)).toEqual({
      effect: 'deny',
      reason: 'f',
      findings,
    });
    expect(answerFrom('violations', { violations: ['v'], findings: [] }, gate)).toEqual({
      effect: 'deny',
      reason: 'v',
    });
  });

  it('says that a policy was skipped, and why', () => {
    const raw = { skipped: true, violations: [], skip_reason: 'not an SBOM' };
    expect(answerFrom('violations', raw, gate)).toEqual({ effect: 'allow', skipped: true, skipReason: 'not an SBOM' });
    expect(answerFrom('violations', { skipped: true, skip_reason: '' }, gate)).toEqual({
      effect: 'allow',
      skipped: true,
    });
  });

  it('lets no skip hide a violation', () => {
    expect(answerFrom('violations', { skipped: true, violations: ['v'] }, gate)).toEqual({
      effect: 'deny',
      reason: 'v',
    });
  });

  it('drops what the policy says to ignore', () => {
    expect(answerFrom('violations', { ignore: true, violations: ['v'] }, gate)).toEqual({
      effect: 'allow',
      ignored: true,
    });
  });

  // Each of these passes in the system that the form comes from.
  const bad: readonly (readonly [Json, string])[] = [
    [null, 'result: expected an object, got null'],
    [{}, 'expected violations or findings, or skipped: true'],
    [{ skipped: false }, 'expected violations or findings, or skipped: true'],
    [{ ignore: true }, 'expected violations or findings, or skipped: true'],
    [{ violations: 'v' }, 'result.violations: expected an array'],
    [{ violations: null }, 'result.violations: expected an array'],
    [{ violations: [], findings: 'f' }, 'result.findings: expected an array'],
    [{ violations: [], skipped: 'true' }, 'result.skipped: expected a boolean'],
    [{ violations: [], ignore: 1 }, 'result.ignore: expected a boolean'],
    [{ violations: [], skip_reason: 5 }, 'result.skip_reason: expected a string'],
    [{ violations: [], Violations: ['v'] }, 'spelled like violations, in another case'],
    [{ skipped: true, FINDINGS: [{ message: 'f' }] }, 'spelled like findings, in another case'],
    [{ violations: [5] }, 'result.violations[0]: expected a string or an object'],
    [{ violations: [{ text: 'v' }] }, 'result.violations[0].message: expected a string'],
    [{ violations: [''] }, 'got an empty one'],
    [{ findings: ['f'] }, 'result.findings[0]: expected an object'],
    [{ findings: [{ message: 5 }] }, 'result.findings[0].message: expected a string'],
  ];
  it.each(bad)('refuses %j', (raw, message) => {
    expect(faultOf(() => answerFrom('violations', raw, gate))).toMatch(/^invalid_result: /);
    expect(faultOf(() => answerFrom('violations', raw, gate))).toContain(message);
  });
});

describe('whatever a policy returns', () => {
  it('is an answer with a known effect or a fault, in every form', () => {
    const forms = fc.constantFrom<ResultForm>(...RESULT_FORMS);
    fc.assert(
      fc.property(forms, fc.jsonValue(), fc.boolean(), (form, raw, gate) => {
        try {
          const { effect } = answerFrom(form, raw as Json, { gate });
          expect(EFFECTS).toContain(effect);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(EvaluationFault);
        }
      }),
      { seed: 42 },
    );
  });
});
