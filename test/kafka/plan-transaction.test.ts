import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RawRecord } from '../../src/domain/record.ts';
import { decodeMeta, isMetaKey } from '../../src/kafka/meta-record.ts';
import { OutputHeaders, PLAIN_FORM } from '../../src/kafka/output-headers.ts';
import { type PlanOptions, planTransaction, type TransactionPlan } from '../../src/kafka/plan-transaction.ts';
import type { PartitionChanges } from '../../src/pipeline/ports.ts';
import { sampleChanges } from '../contract/sample-changes.ts';
import { NO_PRODUCER, type PlainRecord, plainDecoded, recordsIn } from './mends/batches.ts';

const INPUT = 'events.ndjson';
const TOPICS = { decisions: 'D', audit: 'A', deadLetter: 'L', sessions: 'S' };
const NOW_MS = 1_760_000_000_000.25;
const META = 'the meta record';

function options(change: Partial<PlanOptions> = {}): PlanOptions {
  return {
    topics: TOPICS,
    headers: new OutputHeaders(PLAIN_FORM),
    inputTopics: new Set([INPUT]),
    maxBatchBytes: new Map(),
    topicIds: () => new Map(),
    ...change,
  };
}

/** What a plan sends to one partition of a topic. */
function sent(plan: TransactionPlan, topic: string, partition = 0): PlainRecord[] {
  const part = plan.outputs.find((output) => output.topic === topic && output.partition === partition);
  return (part?.batches ?? []).flatMap((batch) => recordsIn(batch.finish(NO_PRODUCER)).map(plainDecoded));
}

/** Key and value of what goes into the changelog, in order. */
function changelogOf(plan: TransactionPlan, partition = 0): (readonly [string, string | null])[] {
  return sent(plan, 'S', partition).map(({ key, value }) => {
    const bytes = Buffer.from(key ?? '', 'latin1');
    return isMetaKey(bytes) ? [META, value] : [bytes.toString('utf8'), value];
  });
}

/** The meta record, which comes last. */
function metaOf(plan: TransactionPlan, partition = 0) {
  return metaIn(changelogOf(plan, partition));
}

function metaIn(written: readonly (readonly [string, string | null])[]) {
  const [, value] = written.at(-1) ?? [];
  return decodeMeta(Buffer.from(value ?? '', 'latin1'), 'S/0').meta;
}

/** One change of a single dead letter, whose source is as given. */
function rejected(source: Partial<RawRecord>): PartitionChanges {
  const changes = sampleChanges({ step: 1, deadLetters: ['too_large'] });
  return { ...changes, sources: changes.sources.map((record) => ({ ...record, ...source })) };
}

describe('the plan of a transaction', () => {
  const changes = [
    sampleChanges({ step: 1, events: ['a', 'b'], sessions: { a: 'a1', b: 'b1', c: 'c1' } }),
    sampleChanges({ step: 5, partition: 3, events: ['x'], sessions: { x: 'x5' } }),
    sampleChanges({ step: 2, events: ['a'], deadLetters: ['empty'], sessions: { a: 'a2', b: null } }),
  ];

  it('sends decisions and audit records in judged order, to the partition and under the key of their events', () => {
    const plan = planTransaction(changes, options(), NOW_MS);
    const texts = (topic: string, partition: number) =>
      sent(plan, topic, partition).map(({ key, value }) => [key, JSON.parse(value ?? '').step]);
    for (const topic of ['D', 'A']) {
      expect(texts(topic, 0)).toEqual([
        ['a', 1],
        ['b', 1],
        ['a', 2],
      ]);
      expect(texts(topic, 3)).toEqual([['x', 5]]);
    }
    expect(plan.records).toBe(5);
  });

  it('sends of each session only its last state, and the meta record behind them', () => {
    const plan = planTransaction(changes, options(), NOW_MS);
    const written = changelogOf(plan);
    expect(written.slice(0, -1).sort()).toEqual([
      ['a', 'a2'],
      ['b', null],
      ['c', 'c1'],
    ]);
    expect(written.at(-1)?.[0]).toBe(META);
    expect(metaIn(written)).toEqual(changes[2]?.meta);
    expect(metaOf(plan, 3)).toEqual(changes[1]?.meta);
  });

  it('stamps decisions with their source, the moment, and how long they took', () => {
    const [change] = changes;
    if (change === undefined) throw new Error('no sample');
    const sources = change.sources.map((record, i) => (i === 0 ? { ...record, receivedMs: NOW_MS - 1.5 } : record));
    const plan = planTransaction([{ ...change, sources }], options(), NOW_MS);
    const [first, second] = sent(plan, 'D');
    expect(first?.headers).toEqual([
      ['tollgate_decided_at', '2025-10-09T08:53:20.000Z'],
      ['tollgate_source', `${INPUT}/0/1000`],
      ['tollgate_latency_us', '1500'],
    ]);
    expect(second?.headers.map(([name]) => name)).toEqual(['tollgate_decided_at', 'tollgate_source']);
    expect(first?.timestampMs).toBe(Math.floor(NOW_MS));
  });

  it('never tells a negative latency, whatever the clock did', () => {
    const [change] = changes;
    if (change === undefined) throw new Error('no sample');
    const sources = change.sources.map((record) => ({ ...record, receivedMs: NOW_MS + 60_000 }));
    const [first] = sent(planTransaction([{ ...change, sources }], options(), NOW_MS), 'D');
    expect(first?.headers.at(-1)).toEqual(['tollgate_latency_us', '0']);
  });

  it.each([
    { name: 'as it came', key: Buffer.from('k'), value: Buffer.from([0, 255, 10]) },
    { name: 'without a key', key: null, value: Buffer.from('v') },
    { name: 'without a value', key: Buffer.from('k'), value: null },
  ])('sends a dead letter $name', ({ key, value }) => {
    const [letter] = sent(planTransaction([rejected({ key, value })], options(), NOW_MS), 'L');
    expect([letter?.key, letter?.value]).toEqual([key?.toString('latin1') ?? null, value?.toString('latin1') ?? null]);
    expect(letter?.headers).toEqual([
      ['tollgate_error_code', 'too_large'],
      ['tollgate_error_message', 'refused'],
      ['tollgate_source', `${INPUT}/0/1000`],
    ]);
  });

  it.each([
    { name: 'its value', key: Buffer.from('k'), value: Buffer.alloc(20_000, 1) },
    { name: 'its key', key: Buffer.alloc(20_000, 2), value: Buffer.from('v') },
  ])('puts a stub in place of a dead letter that is too large for its topic by $name', ({ key, value }) => {
    const limit = options({ maxBatchBytes: new Map([['L', 16_384]]) });
    const plan = planTransaction([rejected({ key, value })], limit, NOW_MS);
    const [letter] = sent(plan, 'L');
    expect(letter?.key).toBeNull();
    expect(JSON.parse(letter?.value ?? '')).toEqual({
      key_bytes: key.length,
      value_bytes: value.length,
      value_sha256: createHash('sha256').update(value).digest('hex'),
    });
    expect(letter?.headers.at(-1)).toEqual(['tollgate_stub', 'true']);
  });

  it('leaves a dead letter the headers that say what it is, but none that would pass for ours', () => {
    const headers = [
      { name: 'content-type', value: Buffer.from('application/avro') },
      { name: 'tollgate_source', value: Buffer.from('forged/0/0') },
      { name: 'empty', value: null },
    ];
    const [letter] = sent(planTransaction([rejected({ headers })], options(), NOW_MS), 'L');
    expect(letter?.headers).toEqual([
      ['content-type', 'application/avro'],
      ['empty', null],
      ['tollgate_error_code', 'too_large'],
      ['tollgate_error_message', 'refused'],
      ['tollgate_source', `${INPUT}/0/1000`],
    ]);
    const large = [{ name: 'large', value: Buffer.alloc(16_000) }];
    const limit = options({ maxBatchBytes: new Map([['L', 16_384]]) });
    const [stub] = sent(planTransaction([rejected({ headers: large })], limit, NOW_MS), 'L');
    expect(stub?.headers.map(([name]) => name)).toEqual([
      'tollgate_error_code',
      'tollgate_error_message',
      'tollgate_source',
      'tollgate_stub',
    ]);
  });

  it('gives a decision the trace of its event', () => {
    const [change] = changes;
    if (change === undefined) throw new Error('no sample');
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const headers = [{ name: 'traceparent', value: Buffer.from(traceparent) }];
    const sources = change.sources.map((record) => ({ ...record, headers }));
    const [first] = sent(planTransaction([{ ...change, sources }], options(), NOW_MS), 'D');
    expect(first?.headers.at(-1)).toEqual(['traceparent', traceparent]);
  });

  it('sends whole the largest dead letter that its topic takes', () => {
    const value = Buffer.alloc(16_384 - 4_096 - 1, 1);
    const limit = options({ maxBatchBytes: new Map([['L', 16_384]]) });
    const plan = planTransaction([rejected({ key: Buffer.from('k'), value })], limit, NOW_MS);
    expect(sent(plan, 'L')[0]?.value).toHaveLength(value.length);
    expect(plan.outputs.find(({ topic }) => topic === 'L')?.batches[0]?.byteLength).toBeLessThanOrEqual(16_384);
  });

  it('refuses a dead letter without a source: that is a fault of ours', () => {
    const broken = { ...sampleChanges({ step: 1, deadLetters: ['empty'] }), sources: [] };
    expect(() => planTransaction([broken], options(), NOW_MS)).toThrow(RangeError);
  });

  it('commits the last position of each partition, of the topics that the group reads', () => {
    const meta = {
      ...sampleChanges({ step: 7 }).meta,
      positions: new Map([
        [INPUT, 7_999],
        ['retired', 12],
      ]),
    };
    const plan = planTransaction([...changes, { ...sampleChanges({ step: 7 }), meta }], options(), NOW_MS);
    expect(plan.offsets).toEqual([
      { topic: INPUT, partition: 0, offset: 7_999 },
      { topic: INPUT, partition: 3, offset: 5_999 },
    ]);
    expect(metaOf(plan).positions).toEqual(
      new Map([
        ['retired', 12],
        [INPUT, 7_999],
      ]),
    );
  });

  it('says in each meta record which topics the positions of that partition are of', () => {
    const topicIds = (partition: number) =>
      new Map([
        [INPUT, `id of partition ${partition}`],
        ['never read', 'id'],
      ]);
    const plan = planTransaction(changes, options({ topicIds }), NOW_MS);
    const idsIn = (partition: number) => JSON.parse(changelogOf(plan, partition).at(-1)?.[1] ?? '').topic_ids;
    expect([idsIn(0), idsIn(3)]).toEqual([{ [INPUT]: 'id of partition 0' }, { [INPUT]: 'id of partition 3' }]);
  });
});
