import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recurrenceOf, remember } from '../../src/judge/duplicates.ts';
import { aPolicy, aSet, call, control, type Given, JUDGE_LIMITS, judgeAll, sessionAfter, step } from './history.ts';

const ALLOW = aSet([aPolicy('p')]);

/** What came of each event: its effect, or `duplicate`. */
function outcomesOf(givens: readonly Given[], set = ALLOW): string[] {
  return judgeAll(set, givens).judgements.map((judgement) =>
    judgement.kind === 'duplicate' ? 'duplicate' : (judgement.decision.error?.code ?? judgement.decision.effect),
  );
}

const first = call({ n: 1 }, { event_id: 'same' });
const second = call({ n: 2 }, { event_id: 'same' });

describe('a second delivery', () => {
  it('of the same id and content is a duplicate, and is not folded', () => {
    const { judgements, session } = judgeAll(ALLOW, [first, first, first]);
    expect(judgements.map((judgement) => judgement.kind)).toEqual(['decided', 'duplicate', 'duplicate']);
    expect(session).toMatchObject({ seq: 1, calls: 1, repeat: { count: 1 } });
  });

  it('is one by its identity: another time or context makes no other event', () => {
    expect(outcomesOf([first, call({ n: 1 }, { event_id: 'same', occurred_at: 5, context: { a: 1 } })])).toEqual([
      'allow',
      'duplicate',
    ]);
  });

  it('of the same content under another id is a repetition, no duplicate', () => {
    expect(outcomesOf([call({ n: 1 }), call({ n: 1 })])).toEqual(['allow', 'allow']);
  });

  it('is known after a reset and after a day of silence', () => {
    expect(outcomesOf([first, control('session_reset'), first])).toEqual(['allow', 'allow', 'duplicate']);
    const nextWeek = call({}, { occurred_at: 1_800_000_000_000 });
    expect(outcomesOf([first, nextWeek, first])).toEqual(['allow', 'allow', 'duplicate']);
  });
});

describe('the same id with other content', () => {
  it('is denied with event_id_conflict, folded, and asks no policy', () => {
    const policy = aPolicy('p', (view) => ({ effect: 'allow', reason: String(view.session.seq) }));
    const { judgements, session } = judgeAll(aSet([policy]), [first, second]);
    const [, conflict] = judgements;
    if (conflict?.kind !== 'decided') throw new Error('not decided');
    expect(conflict.decision).toMatchObject({
      effect: 'deny',
      error: { code: 'event_id_conflict' },
      reasons: [{ policy: 'tollgate', code: 'event_id_conflict' }],
      verdicts: [],
      session: { seq: 2 },
    });
    expect(session).toMatchObject({ seq: 2, errors: 1, effects: { allow: 1, deny: 1 } });
  });

  it('delivered again is a duplicate, like the first', () => {
    expect(outcomesOf([first, second, second, first, second])).toEqual([
      'allow',
      'event_id_conflict',
      'duplicate',
      'duplicate',
      'duplicate',
    ]);
  });

  it('is a conflict for each other content', () => {
    expect(outcomesOf([first, second, call({ n: 3 }, { event_id: 'same' })])[2]).toBe('event_id_conflict');
  });
});

describe('the word of an authority', () => {
  it('cannot be made a duplicate by a fleet that writes the same under the same id before', () => {
    const claimed: Given = { fields: { type: 'session_end', event_id: 'end' }, trusted: false };
    const ended = control('session_end', { event_id: 'end' });
    expect(sessionAfter([call(), claimed, ended]).ended).toBe(true);
    expect(outcomesOf([call(), claimed, ended, ended]).slice(2)).toEqual(['event_id_conflict', 'duplicate']);
  });

  it('is another when it grants something else', () => {
    const change = (mode: string) => control('mode_change', { event_id: 'change', mode });
    expect(outcomesOf([change('open'), change('locked'), change('locked')])).toEqual([
      'allow',
      'event_id_conflict',
      'duplicate',
    ]);
    expect(sessionAfter([change('open'), change('locked')]).mode).toBe('locked');
  });
});

describe('the duplicate window', () => {
  const window = (duplicateWindow: number) => aSet([aPolicy('p')], { limits: { ...JUDGE_LIMITS, duplicateWindow } });
  const others = (count: number) => Array.from({ length: count }, (_, n) => step({ event_id: `o${n}` }));

  it('holds the last events, and no more', () => {
    expect(outcomesOf([first, ...others(3), first], window(4)).at(-1)).toBe('duplicate');
    expect(outcomesOf([first, ...others(4), first], window(4)).at(-1)).toBe('allow');
  });

  it('is not pushed on by duplicates', () => {
    expect(outcomesOf([first, ...others(3), ...others(3), first], window(4)).at(-1)).toBe('duplicate');
  });

  it('is cut when the configuration makes it smaller', () => {
    const recent = sessionAfter(others(32)).recent;
    expect(recent).toHaveLength(32 * 48);
    expect(remember(recent, 'a'.repeat(16), 'b'.repeat(32), 2)).toBe(
      recent.slice(-48) + 'a'.repeat(16) + 'b'.repeat(32),
    );
  });

  it('says what a list of pairs says', () => {
    // Digits that also stand across the border of an id and a content, and inside a content.
    const print = (digits: number) =>
      fc.constantFrom('0', '1', '00', '01', '10').map((text) => text.padEnd(digits, '0'));
    const events = fc.array(fc.tuple(print(16), print(32)), { maxLength: 12 });
    const property = fc.property(events, fc.integer({ min: 1, max: 6 }), ([...pairs], size) => {
      let recent = '';
      const kept: (readonly [string, string])[] = [];
      for (const [id, content] of pairs) {
        const ofId = kept.slice(-size).filter(([known]) => known === id);
        const known = ofId.some(([, other]) => other === content) ? 'duplicate' : 'conflict';
        expect(recurrenceOf(recent, id, content)).toBe(ofId.length === 0 ? 'new' : known);
        recent = remember(recent, id, content, size);
        kept.push([id, content]);
      }
    });
    fc.assert(property, { seed: 42 });
  });
});
