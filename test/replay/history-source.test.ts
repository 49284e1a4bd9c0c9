import { beforeEach, describe, expect, it } from 'vitest';
import type { RawRecord } from '../../src/domain/record.ts';
import type { History } from '../../src/replay/history.ts';
import { HistorySource } from '../../src/replay/history-source.ts';
import { replayHistory } from '../../src/replay/replay.ts';
import { RecordingSink } from '../contract/recording-sink.ts';
import { BUILT_WORKER, LOOPING_POLICIES, setupOf, toolCall } from '../lanes/given.ts';
import { LANES, SILENT } from '../pipeline/given.ts';
import { AUDIT, audited, eventAt, GivenHistory, NEVER, type Place } from './given-history.ts';

const TOPICS = { events: ['a', 'b'], audit: AUDIT };
const PARTITIONS = [0, 1, 2];
const COUNT = 30;
/** After all of `toolCall`'s times. */
const APPENDED_MS = 1_800_000_000_000;

/** Two topics whose records alternate in threes. */
function given(makeValue: (partition: number, n: number) => Buffer = (_, n) => eventAt(n)): GivenHistory {
  const history = new GivenHistory(4);
  for (const partition of PARTITIONS) {
    const places: Place[] = [];
    const next = { a: 0, b: 0 };
    for (let n = 0; n < COUNT; n++) {
      const topic = Math.floor(n / 3) % 2 === 0 ? 'b' : 'a';
      places.push({ topic, offset: next[topic]++ });
      history.append(topic, partition, { value: makeValue(partition, n), timestampMs: APPENDED_MS });
    }
    for (const value of audited(partition, places)) history.append(AUDIT, partition, { value });
  }
  return history;
}

function sourceOf(history: History, maxBufferedBytes?: number): HistorySource {
  const options = { history, topics: TOPICS, partitions: PARTITIONS, chunkRecords: 7 };
  return new HistorySource(maxBufferedBytes === undefined ? options : { ...options, maxBufferedBytes });
}

function textsOf(records: readonly RawRecord[]): readonly string[] {
  return records.map(({ topic, offset, ordinal }) => `${topic}/${offset}#${ordinal}`);
}

describe('a source over topics', () => {
  let sink: RecordingSink;
  /** What each partition is to be delivered. */
  let whole: readonly (readonly string[])[];

  beforeEach(async () => {
    sink = new RecordingSink();
    const all = new RecordingSink();
    const source = sourceOf(given());
    const ended = source.run(all, NEVER);
    for (const partition of PARTITIONS) source.start(partition, new Map());
    await ended;
    whole = PARTITIONS.map((partition) => textsOf(all.of(partition)));
  });

  it('delivers everything once, in judged order, and ends', async () => {
    expect(whole.map((texts) => texts.length)).toEqual([COUNT, COUNT, COUNT]);
    const ordinals = whole.flat().map((text) => Number(text.split('#')[1]));
    expect(ordinals.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 3 * COUNT }, (_, n) => n));
    expect(whole[1]?.slice(0, 8).map((text) => text.split('#')[0])).toEqual([
      ...['b/0', 'b/1', 'b/2', 'a/0', 'a/1', 'a/2', 'b/3', 'b/4'],
    ]);
  });

  it('delivers nothing before all partitions are started', async () => {
    const history = given();
    const source = sourceOf(history);
    const ended = source.run(sink, NEVER);
    source.start(0, new Map());
    source.start(2, new Map());
    expect(history.fetches).toBe(0);
    source.start(1, new Map());
    await ended;
    expect(PARTITIONS.map((partition) => textsOf(sink.of(partition)))).toEqual(whole);
  });

  it('delivers a partition again from an earlier position, with the same ordinals, and the others no record twice', async () => {
    const source = sourceOf(given());
    const ended = source.run(sink, NEVER);
    // Holds the run open: its end would come before the partition is started again.
    source.pause(2);
    for (const partition of PARTITIONS) source.start(partition, new Map());
    await sink.until(() => sink.of(1).length === COUNT);
    const before = sink.of(1);
    const positions = new Map(before.slice(0, 10).map(({ topic, nextOffset }) => [topic, nextOffset]));
    source.start(1, positions);
    await sink.until(() => sink.of(1).length === 2 * COUNT - 10);
    source.resume(2);
    await ended;
    expect(textsOf(sink.of(1))).toEqual([...(whole[1] ?? []), ...(whole[1] ?? []).slice(10)]);
    expect([0, 2].map((partition) => textsOf(sink.of(partition)))).toEqual([whole[0], whole[2]]);
  });

  it('stops reading while a partition is full, and goes on when it is resumed', async () => {
    let isOpen = false;
    sink.room = (partition) => (partition === 0 && !isOpen ? 0 : 1_000_000);
    const history = given();
    const source = sourceOf(history, 1);
    const ended = source.run(sink, NEVER);
    for (const partition of PARTITIONS) source.start(partition, new Map());
    await sink.until(() => sink.of(2).length === 7);
    expect(sink.of(0)).toHaveLength(7);
    isOpen = true;
    source.resume(0);
    await ended;
    expect(PARTITIONS.map((partition) => textsOf(sink.of(partition)))).toEqual(whole);
  });

  it('ends at the signal, also while it waits, and may be run again under a new assignment', async () => {
    const source = sourceOf(given());
    const stop = new AbortController();
    const ended = source.run(sink, stop.signal);
    source.start(0, new Map());
    stop.abort();
    await ended;
    expect(sink.count()).toBe(0);
    const again = source.run(sink, NEVER);
    for (const partition of PARTITIONS) source.start(partition, new Map());
    await again;
    expect(sink.assignments.map(({ assignment }) => assignment.epoch)).toEqual([1, 2]);
    expect(PARTITIONS.map((partition) => textsOf(sink.of(partition)))).toEqual(whole);
  });

  it('fails with what the topics cannot give', async () => {
    const failing: History = {
      stretch: (topic, partition) => ({ topic, partition, from: 0, to: 1 }),
      read: () => ({ read: () => Promise.reject(new Error('gone')) }),
    };
    const source = sourceOf(failing);
    const ended = source.run(sink, NEVER);
    for (const partition of PARTITIONS) source.start(partition, new Map());
    await expect(ended).rejects.toThrow('gone');
  });
});

describe('a replay of topics', () => {
  async function replayed(lanes: number): Promise<{ readonly texts: readonly string[]; readonly restarts: number }> {
    const texts: string[] = [];
    const makeValue = (partition: number, n: number) => {
      return toolCall(`s-${partition}-${n % 2}`, n, { command: partition === 1 && n === 17 ? 'LOOP' : `ls ${n % 3}` });
    };
    const tally = await replayHistory({
      source: sourceOf(given(makeValue)),
      setup: await setupOf(LOOPING_POLICIES, { partitions: PARTITIONS.length }),
      lanes: { ...LANES, count: lanes, batchEvents: 5 },
      logger: SILENT,
      signal: NEVER,
      worker: BUILT_WORKER,
      sink: { decision: (text) => texts.push(text), deadLetter: () => undefined, ready: async () => undefined },
    });
    return { texts, restarts: tally.workerRestarts };
  }

  it('gives the same bytes with one lane and with two, every time, also when a worker had to be replaced', async () => {
    const one = await replayed(1);
    expect(one.restarts).toBe(1);
    expect(one.texts).toHaveLength(3 * COUNT);
    expect(await replayed(2)).toEqual(one);
    expect(await replayed(2)).toEqual(one);
  });
});
