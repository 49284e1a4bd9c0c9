import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawRecord } from '../../src/domain/record.ts';
import { type Dossier, type LaneWork, packBatch, takeWork } from '../../src/lanes/batch.ts';
import { readFrame } from '../../src/lanes/frame.ts';

const NOTHING: Dossier = { notices: () => [], hasTrouble: () => false, charges: () => [] };
const NO_LIMITS = { batchEvents: 1000, batchBytes: 1_000_000 };

function recordsAt(offsets: readonly number[], bytes = 1): RawRecord[] {
  return offsets.map((offset) => {
    const value = new Uint8Array(bytes);
    return { topic: 't', offset, nextOffset: offset + 1, timestampMs: 0, key: null, value, trusted: false };
  });
}

const work = (partition: number, offsets: readonly number[], bytes?: number): LaneWork => {
  return { partition, epoch: 1, records: recordsAt(offsets, bytes) };
};
const offsetsOf = (taken: readonly LaneWork[]) =>
  taken.map(({ partition, records }) => [partition, records.map(({ offset }) => offset)]);

describe('taking work from the queue', () => {
  it('merges what is queued of a partition, in order', () => {
    const queue = [work(0, [1, 2]), work(1, [7]), work(0, [3])];
    expect(offsetsOf(takeWork(queue, NO_LIMITS))).toEqual([
      [0, [1, 2, 3]],
      [1, [7]],
    ]);
    expect(queue).toEqual([]);
  });

  it('stops at the number of events, in the middle of a piece if need be', () => {
    const queue = [work(0, [1, 2]), work(1, [7, 8, 9])];
    expect(offsetsOf(takeWork(queue, { ...NO_LIMITS, batchEvents: 4 }))).toEqual([
      [0, [1, 2]],
      [1, [7, 8]],
    ]);
    expect(offsetsOf(takeWork(queue, NO_LIMITS))).toEqual([[1, [9]]]);
  });

  it('stops before the record that would exceed the bytes', () => {
    const queue = [work(0, [1, 2, 3], 40)];
    expect(offsetsOf(takeWork(queue, { ...NO_LIMITS, batchBytes: 80 }))).toEqual([[0, [1, 2]]]);
  });

  it('takes one record at least, however large', () => {
    const queue = [work(0, [1, 2], 500)];
    const limits = { ...NO_LIMITS, batchBytes: 10 };
    expect(offsetsOf(takeWork(queue, limits))).toEqual([[0, [1]]]);
    expect(offsetsOf(takeWork(queue, limits))).toEqual([[0, [2]]]);
    expect(takeWork(queue, limits)).toEqual([]);
  });

  it('is not held up by an empty piece', () => {
    const queue = [work(0, []), work(0, [1]), work(1, [])];
    expect(offsetsOf(takeWork(queue, NO_LIMITS))).toEqual([[0, [1]]]);
    expect(queue).toEqual([]);
  });

  it('loses nothing, repeats nothing, and keeps each partition’s order', () => {
    const pieces = fc.array(fc.tuple(fc.nat(2), fc.nat(4), fc.integer({ min: 1, max: 60 })), { maxLength: 12 });
    const limits = fc.record({
      batchEvents: fc.integer({ min: 1, max: 6 }),
      batchBytes: fc.integer({ min: 1, max: 99 }),
    });
    const property = fc.property(pieces, limits, (sizes, limit) => {
      let next = 0;
      const queue = sizes.map(([partition, count, bytes]) => {
        return work(
          partition,
          Array.from({ length: count }, () => next++),
          bytes,
        );
      });
      const queued = [0, 1, 2].map((partition) => queue.filter((piece) => piece.partition === partition));
      const got: Record<number, number[]> = { 0: [], 1: [], 2: [] };
      for (let taken = takeWork(queue, limit); taken.length > 0; taken = takeWork(queue, limit)) {
        expect(taken.reduce((sum, { records }) => sum + records.length, 0)).toBeLessThanOrEqual(limit.batchEvents);
        for (const { partition, records } of taken) got[partition]?.push(...records.map(({ offset }) => offset));
      }
      expect(queue).toEqual([]);
      const expected = queued.map((part) => part.flatMap(({ records }) => records.map(({ offset }) => offset)));
      expect([got[0], got[1], got[2]]).toEqual(expected);
    });
    fc.assert(property, { seed: 42, numRuns: 300 });
  });
});

describe('a packed batch', () => {
  it('holds each partition’s records where its segment says', () => {
    const { task } = packBatch([work(3, [1, 2], 5), work(4, [9], 0)], NOTHING, 77);
    expect(task).toMatchObject({ kind: 'judge', recordedAtMs: 77 });
    const read = task.segments.map(({ partition, start, count, topics }) => [
      partition,
      [...readFrame(task.buffer, start, count, topics)].map(({ offset, value }) => [offset, value?.length]),
    ]);
    expect(read).toEqual([
      [
        3,
        [
          [1, 5],
          [2, 5],
        ],
      ],
      [4, [[9, 0]]],
    ]);
  });

  it('carries notices and troubles of its partitions', () => {
    const notice = { kind: 'worker_restarted', detailText: '{}' } as const;
    const refusal = { code: 'worker_died', message: 'm' } as const;
    const dossier: Dossier = {
      notices: (partition) => (partition === 3 ? [notice] : []),
      hasTrouble: (partition) => partition === 3,
      charges: (_, { offset }) => (offset === 2 ? [{ refusal }] : []),
    };
    const { task } = packBatch([work(3, [1, 2]), work(4, [2])], dossier, 0);
    expect(task.segments.map(({ notices, troubles }) => ({ notices, troubles }))).toEqual([
      { notices: [notice], troubles: [{ record: 1, refusal }] },
      { notices: [], troubles: [] },
    ]);
  });
});
