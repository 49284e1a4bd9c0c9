import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawRecord } from '../../src/domain/record.ts';
import { frameSize, readFrame, writeFrame } from '../../src/lanes/frame.ts';

const record: fc.Arbitrary<RawRecord> = fc.record({
  topic: fc.constantFrom('events', 'control', 'größe'),
  offset: fc.maxSafeNat(),
  nextOffset: fc.maxSafeNat(),
  timestampMs: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
  key: fc.constant(null),
  value: fc.option(fc.uint8Array({ maxLength: 30 })),
  trusted: fc.boolean(),
});
const records = fc.array(record, { maxLength: 12 });

const seen = ({ topic, trusted, offset, timestampMs, value }: Omit<RawRecord, 'key' | 'nextOffset'>) => ({
  topic,
  trusted,
  offset,
  timestampMs,
  value: value === null ? null : Uint8Array.from(value),
});

describe('a frame', () => {
  it('brings records to a worker as they were, one partition’s after another’s', () => {
    const property = fc.property(fc.array(records, { maxLength: 4 }), (segments) => {
      const buffer = new ArrayBuffer(segments.reduce((sum, segment) => sum + frameSize(segment), 0));
      let start = 0;
      const written = segments.map((segment) => {
        const place = { start, topics: writeFrame(buffer, start, segment) };
        start += frameSize(segment);
        return place;
      });
      for (const [n, segment] of segments.entries()) {
        const place = written[n];
        const read = [...readFrame(buffer, place?.start ?? 0, segment.length, place?.topics ?? [])];
        expect(read.map(seen)).toEqual(segment.map(seen));
      }
    });
    fc.assert(property, { seed: 42, numRuns: 300 });
  });

  it('has a size that keeps the next one aligned', () => {
    fc.assert(
      fc.property(records, (some) => {
        expect(frameSize(some) % 8).toBe(0);
      }),
      { seed: 42 },
    );
    expect(frameSize([])).toBe(0);
  });

  it('names each topic once', () => {
    const some = ['a', 'b', 'a', 'a'].map((topic, offset): RawRecord => {
      return { topic, offset, nextOffset: offset + 1, timestampMs: 0, key: null, value: null, trusted: false };
    });
    expect(writeFrame(new ArrayBuffer(frameSize(some)), 0, some)).toEqual(['a', 'b']);
  });

  it('tells an empty value from none', () => {
    const some = [new Uint8Array(), null].map((value, offset): RawRecord => {
      return { topic: 't', offset, nextOffset: offset + 1, timestampMs: 0, key: null, value, trusted: false };
    });
    const buffer = new ArrayBuffer(frameSize(some));
    const topics = writeFrame(buffer, 0, some);
    expect([...readFrame(buffer, 0, 2, topics)].map(({ value }) => value?.length ?? null)).toEqual([0, null]);
  });
});
