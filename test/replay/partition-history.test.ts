import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HistoryTopics } from '../../src/replay/history.ts';
import { PartitionHistory } from '../../src/replay/partition-history.ts';
import { AUDIT, audited, eventAt, GivenHistory, NEVER, type Place, placesOf, readAll } from './given-history.ts';

const PARTITION = 3;
const TOPICS: HistoryTopics = { events: ['b', 'a'], control: 'c', audit: AUDIT };

function partitionOf(history: GivenHistory, topics: HistoryTopics = TOPICS): PartitionHistory {
  return new PartitionHistory(history, topics, PARTITION, NEVER);
}

/** Puts these records into their topics, and audit records of them, in the order given. */
function judged(history: GivenHistory, names: readonly string[]): readonly Place[] {
  const next = new Map<string, number>();
  const places = names.map((topic) => {
    const offset = next.get(topic) ?? 0;
    next.set(topic, offset + 1);
    history.append(topic, PARTITION, { value: eventAt(1000 - offset) });
    return { topic, offset };
  });
  for (const value of audited(PARTITION, places)) history.append(AUDIT, PARTITION, { value });
  return places;
}

describe('the history of a partition', () => {
  it('has the order of the audit topic, however it is fetched and asked for', async () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), async (order, f, s) => {
        const history = new GivenHistory(f);
        const places = judged(history, order);
        const partition = partitionOf(history);
        expect(placesOf(await readAll(partition, s))).toEqual(placesOf(places));
        expect(partition.remarks).toEqual({ merged: 0, missing: 0, cut: [] });
      }),
      { seed: 20250603, numRuns: 200 },
    );
  });

  it('gives what the audit topic does not name last, merged by time, topic, offset', async () => {
    const history = new GivenHistory();
    const places = judged(history, ['b', 'c', 'a', 'b']);
    for (const [topic, time] of [
      ['a', 9],
      ['a', 5],
      ['a', 12],
      ['b', 9],
      ['b', '1970-01-01T00:00:00.010Z'],
    ] as const) {
      history.append(topic, PARTITION, { value: eventAt(time) });
    }
    const partition = partitionOf(history);
    // a/2 is late: it follows the record before it.
    const rest = ['a/1', 'a/2', 'b/2', 'b/3', 'a/3'];
    expect(placesOf(await readAll(partition))).toEqual([...placesOf(places), ...rest]);
    // The last one stood alone: its place was known.
    expect(partition.remarks.merged).toBe(4);
  });

  it('takes the timestamp of what has no time that can be read', async () => {
    const history = new GivenHistory();
    history.append('a', PARTITION, { value: Buffer.from('no json'), timestampMs: 20 });
    history.append('a', PARTITION, { value: null, timestampMs: 30 });
    history.append('b', PARTITION, { value: eventAt(25), timestampMs: 1 });
    expect(placesOf(await readAll(partitionOf(history)))).toEqual(['a/0', 'b/0', 'a/1']);
  });

  it('gives what was there before the audit trail begins first, and counts it', async () => {
    const history = new GivenHistory();
    const places = judged(history, ['a', 'b', 'a', 'c', 'b', 'a', 'b', 'a']);
    history.cut(AUDIT, PARTITION, 5);
    const partition = partitionOf(history);
    const all = placesOf(await readAll(partition));
    expect(all.slice(4)).toEqual(placesOf(places.slice(4)));
    expect([...all.slice(0, 4)].sort()).toEqual(placesOf(places.slice(0, 4)).toSorted());
    expect(partition.remarks).toMatchObject({ merged: 3, missing: 0, cut: [] });
  });

  it('puts what the audit topic passed over before the next record of its topic, and counts it', async () => {
    const history = new GivenHistory();
    for (let n = 0; n < 4; n++) history.append('a', PARTITION, { value: eventAt(n) });
    for (let n = 0; n < 2; n++) history.append('b', PARTITION, { value: eventAt(n) });
    const named = [
      { topic: 'a', offset: 0 },
      { topic: 'b', offset: 0 },
      { topic: 'a', offset: 3 },
      { topic: 'b', offset: 1 },
    ];
    for (const value of audited(PARTITION, named)) history.append(AUDIT, PARTITION, { value });
    const partition = partitionOf(history);
    expect(placesOf(await readAll(partition))).toEqual(['a/0', 'b/0', 'a/1', 'a/2', 'a/3', 'b/1']);
    expect(partition.remarks.merged).toBe(2);
  });

  it('says what the audit topic names and is gone, and where a topic was cut', async () => {
    const history = new GivenHistory();
    judged(history, ['a', 'b', 'a', 'b', 'a', 'a']);
    history.cut('a', PARTITION, 2);
    const partition = partitionOf(history);
    expect(placesOf(await readAll(partition))).toEqual(['b/0', 'b/1', 'a/2', 'a/3']);
    expect(partition.remarks).toEqual({
      merged: 0,
      missing: 2,
      cut: [{ topic: 'a', partition: PARTITION, from: 2, to: 4 }],
    });
  });

  it('does not call a topic cut that was first read from where it begins now', async () => {
    const history = new GivenHistory();
    for (let n = 0; n < 5; n++) history.append('a', PARTITION, { value: eventAt(n) });
    for (const value of audited(
      PARTITION,
      [3, 4].map((offset) => ({ topic: 'a', offset })),
    )) {
      history.append(AUDIT, PARTITION, { value });
    }
    history.cut('a', PARTITION, 3);
    const partition = partitionOf(history);
    expect(placesOf(await readAll(partition))).toEqual(['a/3', 'a/4']);
    expect(partition.remarks.cut).toEqual([]);
  });

  it('passes over what names another topic or partition, a record twice, or is no audit record', async () => {
    const history = new GivenHistory(2);
    const places = [
      { topic: 'elsewhere', offset: 0 },
      { topic: 'b', offset: 0 },
      { topic: 'b', offset: 0 },
      { topic: 'a', offset: 0 },
      { topic: 'a', offset: 99 },
    ];
    for (const topic of ['a', 'b']) history.append(topic, PARTITION, { value: eventAt(1) });
    for (const value of audited(PARTITION + 1, [{ topic: 'a', offset: 0 }]))
      history.append(AUDIT, PARTITION, { value });
    for (const value of [null, Buffer.from('x'), ...audited(PARTITION, places)])
      history.append(AUDIT, PARTITION, { value });
    const partition = partitionOf(history);
    expect(placesOf(await readAll(partition))).toEqual(['b/0', 'a/0']);
    expect(partition.remarks).toMatchObject({ merged: 0, missing: 0 });
  });

  it('does not read the audit topic where one topic alone has records', async () => {
    const history = new GivenHistory(100);
    judged(history, ['a', 'a', 'a']);
    expect(placesOf(await readAll(partitionOf(history)))).toEqual(['a/0', 'a/1', 'a/2']);
    // The records, and the end.
    expect(history.fetches).toBe(2);
  });

  it('trusts the records of the control topic, and keeps offsets, timestamps, keys, values and headers', async () => {
    const history = new GivenHistory();
    const key = Buffer.from('k');
    const headers = [{ name: 'content-type', value: Buffer.from('application/avro') }];
    history.append('a', PARTITION, { offset: 7, timestampMs: 11, key, value: eventAt(1), headers });
    history.append('c', PARTITION, { offset: 9, timestampMs: 12 });
    const [first, second] = await readAll(partitionOf(history));
    const place = { topic: 'a', offset: 7, nextOffset: 8, timestampMs: 11 };
    expect(first).toEqual({ ...place, key, value: eventAt(1), headers, trusted: false });
    expect(second).not.toHaveProperty('headers');
    expect(second).toMatchObject({ topic: 'c', offset: 9, nextOffset: 10, value: null, trusted: true });
  });
});
