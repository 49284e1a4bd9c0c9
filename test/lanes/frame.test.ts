import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawRecord, RecordHeader } from '../../src/domain/record.ts';
import { frameSize, readFrame, writeFrame } from '../../src/lanes/frame.ts';

const header: fc.Arbitrary<RecordHeader> = fc.record({
  name: fc.oneof(
    fc.constantFrom('content-type', 'Content-Type', 'ce_id', 'ce_', 'ce-id', 'traceparent', ''),
    fc.string(),
  ),
  value: fc.option(fc.uint8Array({ maxLength: 10 })),
});

const record: fc.Arbitrary<RawRecord> = fc.record(
  {
    topic: fc.constantFrom('events', 'control', 'größe'),
    offset: fc.maxSafeNat(),
    nextOffset: fc.maxSafeNat(),
    timestampMs: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
    key: fc.constant(null),
    value: fc.option(fc.uint8Array({ maxLength: 30 })),
    trusted: fc.boolean(),
    headers: fc.array(header, { maxLength: 4 }),
  },
  { requiredKeys: ['topic', 'offset', 'nextOffset', 'timestampMs', 'key', 'value', 'trusted'] },
);
const records = fc.array(record, { maxLength: 12 });

const copied = (value: Uint8Array | null) => (value === null ? null : Uint8Array.from(value));

type Crossing = Pick<RawRecord, 'topic' | 'trusted' | 'offset' | 'timestampMs' | 'value'> & {
  readonly headers?: readonly RecordHeader[] | undefined;
};

const seen = ({ topic, trusted, offset, timestampMs, value, headers = [] }: Crossing) => ({
  topic,
  trusted,
  offset,
  timestampMs,
  value: copied(value),
  headers: headers
    .filter(({ name }) => name.toLowerCase() === 'content-type' || name.startsWith('ce_'))
    .map((each) => ({ name: each.name, value: copied(each.value) })),
});

describe('a frame', () => {
  it('brings records to a worker as they were, with the headers that say their format, one partition’s after another’s', () => {
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

  it('has no headers where a record has none that decoding depends on', () => {
    const some = [undefined, [{ name: 'traceparent', value: Buffer.from('00-1-2-00') }]].map((headers): RawRecord => {
      const record = { topic: 't', offset: 0, nextOffset: 1, timestampMs: 0, key: null, value: null, trusted: false };
      return headers === undefined ? record : { ...record, headers };
    });
    const buffer = new ArrayBuffer(frameSize(some));
    const topics = writeFrame(buffer, 0, some);
    expect([...readFrame(buffer, 0, 2, topics)].map(({ headers }) => headers)).toEqual([undefined, undefined]);
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
