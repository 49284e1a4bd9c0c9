import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { faultVerdict } from '../../src/judge/evaluate.ts';
import { recordedKey } from '../../src/lanes/messages.ts';
import { call, control, T0 } from '../judge/history.ts';
import { aSetup, auditOf, aWorker, decisionsOf, judge, LIMITS, recordsOf, restore, run } from './worker-fixture.ts';

const A = call({ command: 'ls' });
const bad = (fields: JsonObject) => JSON.stringify({ occurred_at: T0, tool: 't', ...fields });

describe('a second delivery', () => {
  it('gives an audit record and no decision', () => {
    const again = call({ command: 'ls' }, { event_id: 'e0' });
    const outcome = run([A, again]);
    expect(outcome.decidedRecords).toEqual([0]);
    expect(outcome.auditedRecords).toEqual([0, 1]);
    const [decision] = decisionsOf(outcome);
    expect(auditOf(outcome)[1]).toMatchObject({
      kind: 'duplicate_event',
      source: { offset: 1 },
      detail: { event_id: 'e0', session_id: 's1', input_identity: decision?.input_identity },
    });
    expect(auditOf(outcome)[1]).not.toHaveProperty('decision');
    expect(outcome.result.counts).toMatchObject({ duplicates: 1 });
  });
});

describe('a record that is no event', () => {
  it.each<readonly [string, string, string]>([
    ['nonsense', 'nonsense', 'invalid_json'],
    ['an event without ids', bad({ type: 'tool_call' }), 'missing_field'],
    ['nothing', '', 'empty'],
  ])('goes to the dead letters and into the audit: %s', (_, text, code) => {
    const outcome = run([A, text]);
    expect(outcome.result.deadLetters).toMatchObject([{ source: 1, code }]);
    expect(outcome.decidedRecords).toEqual([0]);
    expect(auditOf(outcome)[1]).toMatchObject({
      kind: 'event_rejected',
      source: { offset: 1 },
      detail: { error_code: code },
    });
    expect(auditOf(outcome)[1]).not.toHaveProperty('decision');
  });

  it.each<readonly [string, string, string]>([
    ['of an unknown type', bad({ event_id: 'x', session_id: 's1', type: 'teapot' }), 'unknown_type'],
    ['that claims authority', bad({ event_id: 'x', session_id: 's1', type: 'mode_change' }), 'unknown_type'],
    ['with a member twice', '{"event_id":"x","session_id":"s1","type":"step","a":1,"a":2}', 'duplicate_key'],
  ])('but names one is denied as well, and not folded: %s', (_, text, code) => {
    const outcome = run([A, text, A]);
    expect(outcome.result.deadLetters).toMatchObject([{ source: 1, code }]);
    const [, denied, next] = decisionsOf(outcome);
    expect(denied).toMatchObject({ event_id: 'x', session_id: 's1', effect: 'deny', error: { code: 'invalid_event' } });
    expect(denied).not.toHaveProperty('session');
    expect(next).toMatchObject({ session: { seq: 2 } });
    expect(auditOf(outcome)[1]).toMatchObject({ kind: 'event_rejected', decision: denied });
    expect(outcome.decidedRecords).toEqual([0, 1, 2]);
  });

  it('because its clock runs ahead of its record is refused with clock_skew', () => {
    const [record] = recordsOf([call({}, { occurred_at: T0 + 300_001 })]) as [RawRecord];
    const outcome = judge(aWorker(), [{ ...record, timestampMs: T0 }]);
    expect(outcome.result.deadLetters).toMatchObject([{ code: 'clock_skew' }]);
    expect(decisionsOf(outcome)).toMatchObject([{ effect: 'deny', error: { code: 'invalid_event' } }]);
    expect(decisionsOf(judge(aWorker(), [{ ...record, timestampMs: T0 + 1 }]))).toMatchObject([{ effect: 'allow' }]);
  });

  it('without a value is a dead letter', () => {
    const [record] = recordsOf([A]) as [RawRecord];
    const outcome = judge(aWorker(), [{ ...record, value: null }]);
    expect(outcome.result.deadLetters).toMatchObject([{ source: 0, code: 'empty' }]);
    expect(outcome.decisions).toEqual([]);
  });
});

describe('an event that is not folded', () => {
  const small = { limits: { ...LIMITS, maxSessionsPerPartition: 2 } };
  const of = (sessionId: string, more: JsonObject = {}) => call({}, { session_id: sessionId, ...more });

  it('is of a new session that finds no room: denied with session_limit', () => {
    const outcome = run([of('a'), of('b'), of('c'), of('a', { event_id: 'again' })], {}, aWorker(small));
    const [, , refused, live] = decisionsOf(outcome);
    expect(refused).toMatchObject({ effect: 'deny', error: { code: 'session_limit' }, verdicts: [] });
    expect(refused).not.toHaveProperty('session');
    expect(live).toMatchObject({ session: { seq: 2 } });
    expect([...outcome.sessions.keys()]).toEqual(['a', 'b']);
    expect(auditOf(outcome)[2]).toMatchObject({ kind: 'decision', event: { session_id: 'c' } });
  });

  it('finds room once a session has ended, and the commit says that it is gone', () => {
    const end = control('session_end', { session_id: 'a' });
    const outcome = run([of('a'), of('b'), end, of('c')], {}, aWorker(small));
    expect(decisionsOf(outcome)[3]).toMatchObject({ effect: 'allow', session: { seq: 1 } });
    expect(outcome.sessions.get('a')).toBeNull();
    expect(outcome.result.counts.sessions).toBe(2);
  });

  it('is of a session in the wrong partition under strictRouting: denied with misrouted', () => {
    const worker = aWorker({ partitions: 2, strictRouting: true });
    restore(worker, 1);
    const items = ['a', 'b', 'c', 'd', 'e', 'f'].map((sessionId) => of(sessionId));
    const both = [0, 1].map((partition) => run(items, { partition }, worker));
    const misrouted = both.map((outcome) => decisionsOf(outcome).map(({ error }) => error !== undefined));
    expect(misrouted[0]).toEqual(misrouted[1]?.map((wrong) => !wrong));
    const wrong = both.flatMap(decisionsOf).filter(({ error }) => error !== undefined);
    for (const decision of wrong) {
      expect(decision).toMatchObject({ effect: 'deny', error: { code: 'misrouted' } });
      expect(decision).not.toHaveProperty('session');
    }
    expect(both.map(({ result }) => result.counts.misrouted)).toEqual(
      misrouted.map((flags) => flags.filter((flag) => flag).length),
    );
    expect(both.reduce((sum, { sessions }) => sum + sessions.size, 0)).toBe(items.length);
  });

  it('is none of a session in the wrong partition otherwise: that is only counted', () => {
    const items = ['a', 'b', 'c', 'd', 'e', 'f'].map((sessionId) => of(sessionId));
    const outcome = run(items, {}, aWorker({ partitions: 2 }));
    expect(decisionsOf(outcome).every(({ effect }) => effect === 'allow')).toBe(true);
    expect(outcome.result.counts.misrouted).toBeGreaterThan(0);
  });
});

describe('known trouble with a record', () => {
  it('with a policy is its verdict, recorded; the others are asked', () => {
    const [head] = aSetup().policies.map((policy) => policy.head);
    if (head === undefined) throw new Error('no policy');
    const verdict = { ...faultVerdict(head, { code: 'timeout', message: 'no answer within 100 ms' }), recorded: true };
    const outcome = run([A, A], { charges: ({ offset }) => (offset === 1 ? [{ verdict }] : []) });
    const [before, denied] = decisionsOf(outcome);
    expect(before).toMatchObject({ effect: 'allow' });
    expect(denied).toMatchObject({ effect: 'deny', error: { code: 'timeout' }, session: { seq: 2 } });
    expect(denied?.verdicts).toMatchObject([
      { policy: 'repetition', recorded: true, error: { code: 'timeout' } },
      { policy: 'egress', effect: 'allow' },
    ]);
  });

  it('is added to what history recorded of the same event', () => {
    const [first, second] = aSetup().policies.map((policy) => policy.head);
    if (first === undefined || second === undefined) throw new Error('two policies');
    const fault = { code: 'timeout', message: 'no answer within 100 ms' } as const;
    const [decided] = decisionsOf(run([A]));
    const history = (identity: string) =>
      new Map([[recordedKey('s1', 'e0'), { identity, byPolicy: new Map([[first.name, faultVerdict(first, fault)]]) }]]);
    const failed = (identity: string) => {
      const charges = () => [{ verdict: faultVerdict(second, fault) }];
      const decisions = decisionsOf(run([A], { charges }, aWorker({ recorded: history(identity) })));
      return decisions.flatMap(({ verdicts }) => verdicts as JsonObject[]).map(({ error }) => error !== undefined);
    };
    expect(failed(String(decided?.input_identity))).toEqual([true, true]);
    expect(failed('sha256:of-another-content')).toEqual([false, true]);
  });

  it('does not bring back to the policies what history refused as a whole', () => {
    const [decided] = decisionsOf(run([A]));
    const refusal = { code: 'worker_died', message: 'the worker died twice over this event' } as const;
    const recorded = { identity: String(decided?.input_identity), byPolicy: new Map(), refusal };
    const worker = aWorker({ recorded: new Map([[recordedKey('s1', 'e0'), recorded]]) });
    expect(decisionsOf(run([A], { charges: () => [{}] }, worker))).toMatchObject([{ error: refusal, verdicts: [] }]);
  });

  it('that even refusing it did not end leaves it unread: a dead letter, and the next event goes on', () => {
    const outcome = run([A, A], { charges: ({ offset }) => (offset === 0 ? [{ quarantined: true }] : []) });
    expect(outcome.result.deadLetters).toMatchObject([{ source: 0, code: 'quarantined' }]);
    expect(decisionsOf(outcome)).toMatchObject([{ effect: 'allow', session: { seq: 1 } }]);
  });

  it('as a whole denies it, folded, without asking', () => {
    const refusal = { code: 'worker_died', message: 'the worker died twice over this event' } as const;
    const [denied] = decisionsOf(run([A], { charges: () => [{ refusal }] }));
    expect(denied).toMatchObject({ effect: 'deny', error: refusal, verdicts: [], session: { seq: 1 } });
  });
});
