import { describe, expect, it } from 'vitest';
import { packBatch } from '../../src/lanes/batch.ts';
import { createLaneContext } from '../../src/lanes/lane-context.ts';
import { LaneWorker } from '../../src/lanes/lane-worker.ts';
import { createProgress, HOST_CODE, NO_RECORD, readProgress } from '../../src/lanes/progress.ts';
import { aPolicy, aSet, call, step } from '../judge/history.ts';
import { anInspector, aSetup, auditOf, aWorker, decisionsOf, recordsOf, restore, run } from './worker-fixture.ts';

const A = call({ command: 'ls' });

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
    expect(counts).toMatchObject({
      effects: { allow: 2, warn: 0, redact: 0, ask: 0, deny: 2 },
      duplicates: 0,
      rejected: 1,
      misrouted: 0,
      sessions: 1,
    });
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
    const dossier = { notices: () => [], hasTrouble: () => false, charges: () => [] };
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
    const options = { maskKeys: [], maxStringLength: 200 };
    const worker = new LaneWorker({ ...context, mask: { options, maskText } });
    restore(worker);
    run([A], {}, worker);
    expect(new Set(policies)).toEqual(new Set([HOST_CODE]));
  });
});
