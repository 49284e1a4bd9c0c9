import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partitionOf } from '../../src/codec/partition-of.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import type { Positions, Source } from '../../src/pipeline/ports.ts';
import { type AdapterHarness, type SampleEvent, sampleValue } from './adapter-harness.ts';
import { RecordingSink } from './recording-sink.ts';

/** Where a partition stands once these records are settled. */
export function positionsAfter(records: readonly RawRecord[]): Positions {
  return new Map(records.map((record) => [record.topic, record.nextOffset]));
}

/** What `Source` in `pipeline/ports.ts` promises. */
export function describeSource(makeHarness: () => Promise<AdapterHarness>): void {
  let harness: AdapterHarness;
  let source: Source;
  let sink: RecordingSink;
  let stop: AbortController;
  let ended: Promise<void>;

  beforeEach(async () => {
    harness = await makeHarness();
    source = harness.openSource();
    sink = new RecordingSink();
    stop = new AbortController();
    ended = Promise.resolve();
  });

  afterEach(async () => {
    stop.abort();
    await ended;
    await harness.close();
  });

  const sessions = Array.from({ length: 40 }, (_, i) => `session-${i}`);
  const partitionFor = (event: SampleEvent) => partitionOf(event.sessionId, harness.partitions);
  const eventsUpTo = (from: number, to: number): SampleEvent[] =>
    Array.from({ length: to - from }, (_, i) => ({ sessionId: sessions[(from + i) % 40] ?? '', n: from + i }));
  const valuesFor = (partition: number, events: readonly SampleEvent[]) =>
    events.filter((event) => partitionFor(event) === partition).map(sampleValue);
  const all = () => Array.from({ length: harness.partitions }, (_, partition) => partition);

  async function begin(partitions: readonly number[] = all(), positions: Positions = new Map()): Promise<void> {
    ended = source.run(sink, stop.signal);
    await sink.until(() => sink.assignments.length > 0);
    for (const partition of partitions) source.start(partition, positions);
  }

  describe('a source', () => {
    it('assigns every partition once, then delivers nothing of one that was not started', async () => {
      const events = eventsUpTo(0, 100);
      await harness.produce(events);
      await begin([1]);
      await sink.until(() => sink.of(1).length === valuesFor(1, events).length);
      expect(sink.assignments.map(({ partitions }) => [...partitions].sort())).toEqual([all()]);
      expect(sink.of(0)).toEqual([]);
      source.start(0, new Map());
      await sink.until(() => sink.of(0).length === valuesFor(0, events).length);
      expect(sink.valuesOf(0)).toEqual(valuesFor(0, events));
      expect(sink.valuesOf(1)).toEqual(valuesFor(1, events));
    });

    it('delivers each record once, in order, in the partition of its key', async () => {
      const events = eventsUpTo(0, 300);
      await harness.produce(events);
      await begin();
      await sink.until(() => sink.count() === 300);
      for (const partition of all()) expect(sink.valuesOf(partition)).toEqual(valuesFor(partition, events));
    });

    it('gives each record its key, a growing offset and the position that follows', async () => {
      await harness.produce(eventsUpTo(0, 100));
      await begin();
      await sink.until(() => sink.count() === 100);
      for (const partition of all()) {
        let position = 0;
        for (const record of sink.of(partition)) {
          expect(record.offset).toBeGreaterThanOrEqual(position);
          expect(record.nextOffset).toBeGreaterThan(record.offset);
          expect(partitionOf(record.key ?? new Uint8Array(), harness.partitions)).toBe(partition);
          position = record.nextOffset;
        }
      }
    });

    it('goes on with records that are written later', async () => {
      await harness.produce(eventsUpTo(0, 20));
      await begin();
      await sink.until(() => sink.count() === 20);
      await harness.produce(eventsUpTo(20, 50));
      await sink.until(() => sink.count() === 50);
      for (const partition of all()) {
        expect(sink.valuesOf(partition)).toEqual(valuesFor(partition, eventsUpTo(0, 50)));
      }
    });

    it('marks records of the control topic, and only those, as trusted', async () => {
      await harness.produce([
        { sessionId: 'a', n: 1 },
        { sessionId: 'a', n: 2, trusted: true },
      ]);
      await begin();
      await sink.until(() => sink.count() === 2);
      const trusted = Object.fromEntries(
        sink.of(partitionOf('a', harness.partitions)).map((record) => [String(record.value), record.trusted]),
      );
      expect(trusted).toEqual({
        [sampleValue({ sessionId: 'a', n: 1 })]: false,
        [sampleValue({ sessionId: 'a', n: 2 })]: true,
      });
      const topics = new Set(sink.batches.flatMap((batch) => batch.records.map((record) => record.topic)));
      expect(topics.size).toBe(2);
    });

    it('continues in another run exactly where a partition stood', async () => {
      const events = eventsUpTo(0, 200);
      await harness.produce(events);
      await begin();
      await sink.until(() => sink.count() === 200);
      stop.abort();
      await ended;
      const first = sink;
      source = harness.openSource();
      sink = new RecordingSink();
      stop = new AbortController();
      await begin([]);
      for (const partition of all())
        source.start(partition, positionsAfter(first.of(partition).slice(0, partition * 7)));
      const expected = all().map((partition) => first.valuesOf(partition).slice(partition * 7));
      await sink.until(() => sink.count() === expected.flat().length);
      expect(all().map((partition) => sink.valuesOf(partition))).toEqual(expected);
    });

    it('delivers a partition again from an earlier position, and the others no record twice', async () => {
      const events = eventsUpTo(0, 200);
      await harness.produce(events);
      await begin();
      await sink.until(() => sink.count() === 200);
      const before = sink.of(2);
      source.start(2, positionsAfter(before.slice(0, 5)));
      await sink.until(() => sink.of(2).length === before.length * 2 - 5);
      await harness.produce(eventsUpTo(200, 240));
      const more = valuesFor(2, eventsUpTo(200, 240));
      await sink.until(() => sink.count() === 240 + before.length - 5);
      const values = before.map((record) => String(record.value));
      expect(sink.valuesOf(2)).toEqual([...values, ...values.slice(5), ...more]);
      for (const partition of [0, 1, 3]) {
        expect(sink.valuesOf(partition)).toEqual(valuesFor(partition, eventsUpTo(0, 240)));
      }
    });

    it('delivers nothing of a paused partition until it is resumed, and then everything', async () => {
      await begin();
      source.pause(1);
      const events = eventsUpTo(0, 200);
      await harness.produce(events);
      const others = events.length - valuesFor(1, events).length;
      await sink.until(() => sink.count() === others);
      expect(sink.of(1)).toEqual([]);
      source.resume(1);
      await sink.until(() => sink.count() === 200);
      expect(sink.valuesOf(1)).toEqual(valuesFor(1, events));
    });

    it('keeps a partition paused when it is started anew', async () => {
      await harness.produce(eventsUpTo(0, 100));
      await begin([0, 2, 3]);
      source.pause(1);
      source.start(1, new Map());
      const others = 100 - valuesFor(1, eventsUpTo(0, 100)).length;
      await sink.until(() => sink.count() === others);
      expect(sink.of(1)).toEqual([]);
      source.resume(1);
      await sink.until(() => sink.count() === 100);
    });

    it('pauses a partition when the sink has no more room', async () => {
      let open = false;
      sink.room = (partition) => (partition === 3 && !open ? 0 : 1_000_000);
      await begin();
      await harness.produce(eventsUpTo(0, 100));
      await sink.until(() => sink.of(3).length > 0);
      const first = sink.of(3).length;
      await harness.produce(eventsUpTo(100, 300));
      await sink.until(() => [0, 1, 2].every((p) => sink.of(p).length === valuesFor(p, eventsUpTo(0, 300)).length));
      expect(sink.of(3)).toHaveLength(first);
      open = true;
      source.resume(3);
      await sink.until(() => sink.count() === 300);
      expect(sink.valuesOf(3)).toEqual(valuesFor(3, eventsUpTo(0, 300)));
    });

    it('ends its run soon after the signal, and delivers nothing more', async () => {
      await harness.produce(eventsUpTo(0, 50));
      await begin();
      await sink.until(() => sink.count() === 50);
      stop.abort();
      await ended;
      await harness.produce(eventsUpTo(50, 60));
      expect(sink.count()).toBe(50);
    });
  });
}
