import { describe, expect, it } from 'vitest';
import { EMPTY_CHAIN } from '../../src/domain/decision.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { verifyAuditLine } from '../../src/judge/audit-chain.ts';
import { faultVerdict } from '../../src/judge/evaluate.ts';
import { packBatch } from '../../src/lanes/batch.ts';
import { createLaneContext, type LaneContext } from '../../src/lanes/lane-context.ts';
import { LaneWorker } from '../../src/lanes/lane-worker.ts';
import type { JudgeResult, WorkerSetup } from '../../src/lanes/messages.ts';
import { createProgress, HOST_CODE, NO_RECORD, readProgress } from '../../src/lanes/progress.ts';
import { aPolicy, aSet, call, control, type Given, JUDGE_LIMITS, REVISION, step, T0 } from '../judge/history.ts';
import { validator } from '../schemas/schema-files.ts';
import { anInspector, aSetup, judge, LIMITS, type Outcome, recordsOf, restore, type Work } from './worker-fixture.ts';

function aWorker(changes: Partial<WorkerSetup> = {}, context: Partial<LaneContext> = {}): LaneWorker {
  const worker = new LaneWorker({ ...createLaneContext(aSetup(changes)), ...context });
  restore(worker);
  return worker;
}

const run = (items: readonly (Given | string)[], work?: Work, worker = aWorker()): Outcome => {
  return judge(worker, recordsOf(items), work);
};
const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as JsonObject);
const decisionsOf = (outcome: Outcome) => parsed(outcome.decisions);
const auditOf = (outcome: Outcome) => parsed(outcome.audit);
const A = call({ command: 'ls' });
const bad = (fields: JsonObject) => JSON.stringify({ occurred_at: T0, tool: 't', ...fields });

describe('an event', () => {
  it('gives one decision and one audit record that holds it, about its record', () => {
    const outcome = run([A, step(), call({ n: 1 })]);
    expect(outcome.decidedRecords).toEqual([0, 1, 2]);
    expect(outcome.auditedRecords).toEqual([0, 1, 2]);
    for (const [n, record] of auditOf(outcome).entries()) {
      expect(record).toMatchObject({ kind: 'decision', source: { topic: 'events', partition: 0, offset: n } });
      expect(record.decision).toEqual(decisionsOf(outcome)[n]);
      expect(record.event).toMatchObject({ event_id: `e${n}`, session_id: 's1' });
    }
  });

  it('is judged in the light of its session', () => {
    const effects = decisionsOf(run([A, A, A, step(), A, call()])).map(({ effect }) => effect);
    expect(effects).toEqual(['allow', 'allow', 'deny', 'allow', 'deny', 'allow']);
  });

  it('leaves its session’s state to be written, once a session', () => {
    const { sessions } = run([A, A, call({}, { session_id: 's2' })]);
    expect([...sessions.keys()]).toEqual(['s1', 's2']);
    const other = aWorker();
    restore(other, 0, 2, { sessions: [...sessions.values()].filter((value) => value !== null) });
    const next = call({ command: 'ls' }, { event_id: 'next' });
    expect(decisionsOf(run([next], { epoch: 2 }, other))).toMatchObject([{ effect: 'deny', session: { seq: 3 } }]);
  });

  it('counts by effect', () => {
    const { counts } = run([A, A, A, 'nonsense', call({ n: 1 }, { event_id: 'e0' })]).result;
    expect(counts).toEqual({
      effects: { allow: 2, warn: 0, redact: 0, ask: 0, deny: 2 },
      duplicates: 0,
      rejected: 1,
      misrouted: 0,
      sessions: 1,
    });
  });
});

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

describe('the audit', () => {
  const SECRET = 'hunter2-correct-horse';

  it('holds no secret of an event, however it came', () => {
    const outcome = run([
      call({ password: SECRET }),
      call({ command: `curl -H "Authorization: Bearer ${SECRET}" https://github.com` }),
      step({ context: { deep: [{ api_token: SECRET }] }, extra_token: SECRET }),
      step({ usage: { x_token: SECRET } }),
      control('approval', { approvals: [{ operation: 'o', token: SECRET }] }),
      bad({ event_id: 'x', session_id: 's1', type: SECRET }),
      `{"event_id":"y","session_id":"s1","${SECRET}":`,
    ]);
    expect(outcome.audit).toHaveLength(7);
    expect(outcome.audit.join('\n')).not.toContain(SECRET);
    expect(outcome.decisions.join('\n')).not.toContain(SECRET);
    expect(JSON.stringify(outcome.result.deadLetters)).not.toContain(SECRET);
  });

  it('is one chain over segments, batches and takeovers', () => {
    const worker = aWorker();
    const first = run([A, 'nonsense', A], {}, worker);
    const second = run([A], {}, worker);
    const successor = aWorker();
    restore(successor, 0, 2, { chain: second.result.chain, clockMs: second.result.clockMs });
    const third = run([A], { epoch: 2 }, successor);
    let head = EMPTY_CHAIN;
    for (const line of [...first.audit, ...second.audit, ...third.audit]) {
      const check = verifyAuditLine(Buffer.from(line), () => head);
      expect(check).toMatchObject({ kind: 'intact', partition: 0 });
      if (check.kind === 'intact') head = check.head;
    }
    expect(third.result.chain).toEqual(head);
    expect(head.index).toBe(5);
  });

  it('is a chain of its own in each partition of a batch', () => {
    const worker = aWorker();
    restore(worker, 1);
    const works = [0, 1].map((partition) => ({ partition, epoch: 1, records: recordsOf([A, A]) }));
    const dossier = { notices: () => [], hasTrouble: () => false, trouble: () => undefined };
    const { segments } = worker.run(packBatch(works, dossier, 0).task) as JudgeResult;
    expect(segments.map(({ partition, chain }) => [partition, chain.index])).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(segments[0]?.chain.hash).not.toBe(segments[1]?.chain.hash);
  });

  it('begins a segment with the notices of its partition, about no record', () => {
    const notices = [
      { kind: 'policy_loaded', detailText: JSON.stringify({ policy_revision: REVISION }) },
      { kind: 'worker_restarted', detailText: '{"lane":0,"cause":"stuck"}' },
    ] as const;
    const outcome = run([A], { notices });
    expect(outcome.auditedRecords).toEqual([-1, -1, 0]);
    expect(auditOf(outcome).map(({ kind }) => kind)).toEqual(['policy_loaded', 'worker_restarted', 'decision']);
    expect(auditOf(outcome)[0]).toMatchObject({ detail: { policy_revision: REVISION } });
    expect(auditOf(outcome)[0]).not.toHaveProperty('source');
  });
});

describe('everything that goes out', () => {
  it('fits its schema', () => {
    const patch = { op: 'replace', path: '/params/command', value: '[x]' } as const;
    const redacts = aPolicy('r', ({ event }) =>
      event.tool === 'fetch' ? { effect: 'redact', patches: [patch], findings: [{ id: 1 }] } : { effect: 'ask' },
    );
    const broken = aPolicy('b', ({ session }) => {
      if (session.seq > 4) throw new Error('no');
      return { effect: 'warn', reason: 'w', rule: 'r', code: 'c', obligations: [{ kind: 'sandbox', value: 1 }] };
    });
    const set = aSet([redacts, broken], { limits: JUDGE_LIMITS });
    const fetch = call({ command: 'x' }, { tool: 'fetch', occurred_at: '2023-11-14T22:13:20.5Z', agent_id: 'a' });
    const items = [
      A,
      fetch,
      step(),
      control('mode_change', { mode: 'm' }),
      A,
      A,
      'nonsense',
      bad({ event_id: 'x', session_id: 's' }),
    ];
    const again = call({ command: 'ls' }, { event_id: 'e0' });
    const notices = (['policy_loaded', 'policy_updated', 'worker_restarted'] as const).map((kind) => ({
      kind,
      detailText: '{}',
    }));
    const outcome = run([...items, again], { notices }, aWorker({}, { set }));
    expect(outcome.decisions).toHaveLength(7);
    expect(outcome.audit).toHaveLength(12);
    const problems = (format: 'decision' | 'audit', lines: readonly string[]) => {
      const validate = validator(format);
      return parsed(lines).flatMap((value) => (validate(value) ? [] : (validate.errors ?? [])));
    };
    expect(problems('decision', outcome.decisions)).toEqual([]);
    expect(problems('audit', outcome.audit)).toEqual([]);
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
    const outcome = run([A, A], { trouble: ({ offset }) => (offset === 1 ? { verdict } : undefined) });
    const [before, denied] = decisionsOf(outcome);
    expect(before).toMatchObject({ effect: 'allow' });
    expect(denied).toMatchObject({ effect: 'deny', error: { code: 'timeout' }, session: { seq: 2 } });
    expect(denied?.verdicts).toMatchObject([
      { policy: 'repetition', recorded: true, error: { code: 'timeout' } },
      { policy: 'egress', effect: 'allow' },
    ]);
  });

  it('as a whole denies it, folded, without asking', () => {
    const refusal = { code: 'worker_died', message: 'the worker died twice over this event' } as const;
    const [denied] = decisionsOf(run([A], { trouble: () => ({ refusal }) }));
    expect(denied).toMatchObject({ effect: 'deny', error: refusal, verdicts: [], session: { seq: 1 } });
  });
});

describe('a partition', () => {
  it('is judged in its own epoch only', () => {
    const worker = aWorker();
    expect(() => run([A], { epoch: 2 }, worker)).toThrow('partition 0 has epoch 1, not 2');
    expect(() => run([A], { partition: 5 }, worker)).toThrow('partition 5 has epoch undefined');
  });

  it('is forgotten when it is dropped', () => {
    const worker = aWorker();
    worker.run({ kind: 'drop', partition: 0 });
    expect(() => run([A], {}, worker)).toThrow('partition 0');
  });

  it('begins empty when it is restored anew', () => {
    const worker = aWorker();
    run([A, A], {}, worker);
    restore(worker, 0, 2);
    expect(decisionsOf(run([A], { epoch: 2 }, worker))).toMatchObject([{ session: { seq: 1 } }]);
  });

  it('is restored in pieces', () => {
    const before = run([A, call({}, { session_id: 's2' })]);
    const [one, two] = [...before.sessions.values()].filter((value) => value !== null);
    const worker = aWorker();
    const pieces = { kind: 'restore', partition: 0, epoch: 7 } as const;
    worker.run({ ...pieces, begin: true, sessions: [one as Uint8Array] });
    const { chain, clockMs } = before.result;
    worker.run({ ...pieces, begin: false, sessions: [two as Uint8Array], end: { chain, clockMs } });
    const next = run(
      [call({}, { event_id: 'x' }), call({}, { event_id: 'y', session_id: 's2' })],
      { epoch: 7 },
      worker,
    );
    expect(decisionsOf(next)).toMatchObject([{ session: { seq: 2 } }, { session: { seq: 2 } }]);
    expect(auditOf(next)[0]).toMatchObject({ index: 2, prev_hash: chain.hash });
  });

  it('refuses a piece of another epoch’s restore', () => {
    const piece = { kind: 'restore', partition: 0, epoch: 9, begin: false, sessions: [] } as const;
    expect(() => aWorker().run(piece)).toThrow('partition 0 is not being restored in epoch 9');
  });
});

describe('progress', () => {
  it('names each policy’s turn by the record’s place in the whole batch', () => {
    const progress = createProgress();
    const turns: (readonly [number, number])[] = [];
    const witness = (name: string) =>
      aPolicy(name, () => {
        const { record, policy } = readProgress(progress);
        turns.push([record, policy]);
        return { effect: 'allow' };
      });
    const worker = aWorker({ progress }, { set: aSet([witness('p'), witness('q')]) });
    restore(worker, 1);
    const works = [0, 1].map((partition) => ({ partition, epoch: 1, records: recordsOf([A, A]) }));
    const dossier = { notices: () => [], hasTrouble: () => false, trouble: () => undefined };
    worker.run(packBatch(works, dossier, 0).task);
    expect(turns).toEqual([0, 1, 2, 3].flatMap((record) => [0, 1].map((policy) => [record, policy])));
    expect(readProgress(progress)).toMatchObject({ record: NO_RECORD, policy: HOST_CODE });
  });

  it('is Tollgate’s own code again while texts are written, after the last policy', () => {
    const progress = createProgress();
    const policies: number[] = [];
    const context = createLaneContext(aSetup({ progress, policies: [anInspector('egress')] }));
    const maskText = (text: string) => {
      policies.push(readProgress(progress).policy);
      return text;
    };
    const worker = new LaneWorker({ ...context, mask: { ...context.mask, maskText } });
    restore(worker);
    run([A], {}, worker);
    expect(new Set(policies)).toEqual(new Set([HOST_CODE]));
  });
});
