import { describe, expect, it } from 'vitest';
import { EMPTY_CHAIN } from '../../src/domain/decision.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { verifyAuditLine } from '../../src/judge/audit-chain.ts';
import { packBatch } from '../../src/lanes/batch.ts';
import type { JudgeResult } from '../../src/lanes/messages.ts';
import { aPolicy, aSet, call, control, JUDGE_LIMITS, REVISION, step, T0 } from '../judge/history.ts';
import { validator } from '../schemas/schema-files.ts';
import { auditOf, aWorker, recordsOf, restore, run } from './worker-fixture.ts';

const A = call({ command: 'ls' });
const bad = (fields: JsonObject) => JSON.stringify({ occurred_at: T0, tool: 't', ...fields });

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
    const dossier = { notices: () => [], hasTrouble: () => false, charges: () => [] };
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
      return lines.flatMap((line) => (validate(JSON.parse(line)) ? [] : (validate.errors ?? [])));
    };
    expect(problems('decision', outcome.decisions)).toEqual([]);
    expect(problems('audit', outcome.audit)).toEqual([]);
  });
});
