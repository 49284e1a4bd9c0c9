import { describe, expect, it } from 'vitest';
import { EFFECTS, type Effect, effectRank, type Verdict } from '../../src/domain/verdict.ts';
import { mergeVerdicts } from '../../src/judge/merge.ts';
import { MASK } from '../../src/judge/patches.ts';
import { anEvent, aVerdict, withoutTool } from './event-builder.ts';
import { replace } from './patch-cases.ts';

const IDENTITY = 'sha256:operation';
const EVENT = anEvent({ params: { text: 'secret', other: 'plain', list: [1] } });

function merge(verdicts: readonly Verdict[], defaultEffect: Effect = 'deny') {
  return mergeVerdicts(verdicts, EVENT, IDENTITY, defaultEffect);
}

function verdict(policy: string, effect: Effect, members: Partial<Verdict> = {}): Verdict {
  return aVerdict({ policy, effect, ...members });
}

describe('the effect', () => {
  it.each(EFFECTS)('is the default %s when no policy matches', (effect) => {
    const merged = merge([], effect);
    expect(merged).toEqual({ effect, reasons: [], patches: [], obligations: [], labels: new Map() });
  });

  it('is the default when every matching policy is in shadow', () => {
    const shadow = verdict('s', 'allow', { mode: 'shadow', reason: 'seen', obligations: [{ kind: 'k', value: 1 }] });
    expect(merge([shadow], 'warn')).toEqual(merge([], 'warn'));
  });

  it('is what policies say, not the default, as soon as one is enforced', () => {
    expect(merge([verdict('a', 'allow')], 'deny').effect).toBe('allow');
    expect(merge([verdict('a', 'warn')], 'allow').effect).toBe('warn');
  });

  it('stays allow when the only policy skipped or ignored the event', () => {
    expect(merge([verdict('a', 'allow', { skipped: true, skipReason: 'not mine' })]).effect).toBe('allow');
    expect(merge([verdict('a', 'allow', { ignored: true })]).effect).toBe('allow');
  });

  it.each(EFFECTS.flatMap((a) => EFFECTS.map((b) => [a, b] as const)))('of %s and %s is the stronger', (a, b) => {
    const stronger = effectRank(a) > effectRank(b) ? a : b;
    expect(merge([verdict('a', a), verdict('b', b)]).effect).toBe(stronger);
  });
});

describe('a failed policy', () => {
  it('denies, whatever else it says', () => {
    const error = { code: 'timeout', message: 'ran out of time' } as const;
    const merged = merge([verdict('a', 'allow', { error }), verdict('b', 'warn')]);
    expect(merged).toMatchObject({ effect: 'deny', error, patches: [] });
  });

  it('is named by the first error in policy order, not by an earlier plain deny', () => {
    const first = { code: 'trap', message: 'one' } as const;
    const second = { code: 'timeout', message: 'two' } as const;
    const merged = merge([
      verdict('a', 'deny'),
      verdict('b', 'deny', { error: first }),
      verdict('c', 'deny', { error: second }),
    ]);
    expect(merged.error).toEqual(first);
  });

  it('changes nothing in shadow', () => {
    const failed = verdict('s', 'deny', { mode: 'shadow', error: { code: 'trap', message: 'x' } });
    expect(merge([failed, verdict('a', 'allow')])).toEqual(merge([verdict('a', 'allow')]));
  });

  it('asks for no approval', () => {
    expect(merge([verdict('a', 'ask', { error: { code: 'trap', message: 'x' } })]).obligations).toEqual([]);
  });
});

describe('reasons', () => {
  it('come from every enforced verdict in policy order, allows and losers too, empty ones left out', () => {
    const merged = merge([
      verdict('a', 'allow', { reason: 'fine' }),
      verdict('b', 'deny', { reason: 'no', rule: 'r1', code: 'c1' }),
      verdict('c', 'warn', { reason: '' }),
      verdict('d', 'warn', { reason: 'hidden', mode: 'shadow' }),
      verdict('e', 'warn', { reason: 'no', rule: 'r2' }),
    ]);
    expect(merged.reason).toBe('fine; no; no');
    expect(merged.reasons).toStrictEqual([
      { policy: 'a', message: 'fine' },
      { policy: 'b', rule: 'r1', code: 'c1', message: 'no' },
      { policy: 'e', rule: 'r2', message: 'no' },
    ]);
  });

  it('are absent, not empty, when nobody gave one', () => {
    expect(Object.hasOwn(merge([verdict('a', 'deny'), verdict('b', 'warn', { reason: '' })]), 'reason')).toBe(false);
  });
});

describe('patches', () => {
  const patches = [replace('/params/text', 'x')];

  it.each(EFFECTS.filter((effect) => effect !== 'deny'))('come with %s, from whichever verdict', (effect) => {
    const merged = merge([verdict('a', 'allow', { patches }), verdict('b', effect)]);
    expect(merged).toMatchObject({ effect, patches });
  });

  it('are left out under deny, even those that would conflict', () => {
    const conflicting = [replace('/params/absent', 'x')];
    const merged = merge([verdict('a', 'redact', { patches: conflicting }), verdict('b', 'deny')]);
    expect(merged).toMatchObject({ effect: 'deny', patches: [] });
    expect(merged.error).toBeUndefined();
  });

  it('that conflict deny, naming pointer and policies and no value', () => {
    const merged = merge([
      verdict('pii', 'redact', { patches: [replace('/params/list', 'VALUE-1')], reason: 'has PII' }),
      verdict('acl', 'warn', { patches: [replace('/params/list', 'VALUE-2')] }),
    ]);
    expect(merged).toMatchObject({ effect: 'deny', patches: [], reason: 'has PII' });
    expect(merged.error).toEqual({
      code: 'patch_conflict',
      message: '/params/list: patches of "pii" and "acl" overlap',
    });
  });

  it('of two redactions of one string mask all of it', () => {
    const merged = merge([
      verdict('pii', 'redact', { patches }),
      verdict('secrets', 'redact', { patches: [replace('/params/text', 'y')] }),
    ]);
    expect(merged).toMatchObject({ effect: 'redact', patches: [replace('/params/text', MASK)] });
  });

  it('of a shadow verdict are neither taken nor able to conflict', () => {
    const shadow = verdict('s', 'redact', { mode: 'shadow', patches: [replace('/tool', 'x')] });
    expect(merge([verdict('a', 'redact', { patches }), shadow]).patches).toEqual(patches);
  });
});

describe('obligations', () => {
  const egress = { kind: 'egress_allowlist', value: ['docs.rs'] };

  it('keep policy order and name their policy', () => {
    const merged = merge([
      verdict('a', 'allow', { obligations: [egress] }),
      verdict('b', 'deny', { obligations: [{ kind: 'sandbox', value: 'vm' }] }),
      verdict('c', 'deny', { obligations: [egress], mode: 'shadow' }),
    ]);
    expect(merged.obligations).toEqual([
      { policy: 'a', ...egress },
      { policy: 'b', kind: 'sandbox', value: 'vm' },
    ]);
  });

  it('hold an approval of the operation for each ask that brings none', () => {
    const own = { kind: 'approval', value: { operation: IDENTITY, from: 'two people' } };
    const merged = merge([
      verdict('a', 'ask', { obligations: [egress] }),
      verdict('b', 'ask', { obligations: [own] }),
      verdict('c', 'ask', { mode: 'shadow' }),
    ]);
    expect(merged.obligations).toEqual([
      { policy: 'a', ...egress },
      { policy: 'a', kind: 'approval', value: { operation: IDENTITY, tool: 'shell' } },
      { policy: 'b', ...own },
    ]);
  });

  it('name no tool when the event has none', () => {
    const merged = mergeVerdicts([verdict('a', 'ask')], withoutTool(EVENT), IDENTITY, 'deny');
    expect(merged.obligations).toStrictEqual([{ policy: 'a', kind: 'approval', value: { operation: IDENTITY } }]);
  });
});

describe('labels', () => {
  it('are those of enforced verdicts, the later policy winning', () => {
    const merged = merge([
      verdict('a', 'allow', { labels: { tainted: 'web', kept: 'a' } }),
      verdict('b', 'deny', { labels: { tainted: 'file' } }),
      verdict('c', 'allow', { labels: { shadow: 'yes' }, mode: 'shadow' }),
    ]);
    expect(merged.labels).toEqual(
      new Map([
        ['tainted', 'file'],
        ['kept', 'a'],
      ]),
    );
  });
});
