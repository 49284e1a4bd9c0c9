import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCodec } from '../../../src/compression/codecs.ts';
import { COMPRESSIONS } from '../../../src/domain/compression.ts';
import { RecordBatchBuilder } from '../../../src/kafka/mends/record-batch.ts';
import { arbitraryRecord, batchOf, NO_PRODUCER, NOON_MS, plainDecoded, plainWritten, recordsIn } from './batches.ts';
import { decodeWithKafkajs } from './kafkajs-wire.ts';

const RUNS = { seed: 4, numRuns: 300 };
const arbitraryRecords = fc.array(arbitraryRecord, { minLength: 1, maxLength: 40 });
const small = (i: number) => ({ key: null, value: Buffer.from(`value ${i}`), timestampMs: NOON_MS });

beforeAll(() => Promise.all((['gzip', 'snappy', 'lz4', 'zstd'] as const).map(loadCodec)));

describe('a record batch', () => {
  it.each(COMPRESSIONS)('is read as it was written, with compression %s', async (compression) => {
    const property = fc.property(arbitraryRecords, (records) => {
      const decoded = recordsIn(batchOf(records, compression));
      expect(decoded.map(plainDecoded)).toEqual(records.map(plainWritten));
      expect(decoded.map(({ offset }) => offset)).toEqual(records.map((_, i) => i));
    });
    await fc.assert(property, RUNS);
  });

  it('is read by kafkajs as it was written', async () => {
    const property = fc.asyncProperty(arbitraryRecords, async (records) => {
      const { records: decoded } = await decodeWithKafkajs(batchOf(records));
      const plain = decoded.map(({ key, value, timestamp }) => {
        return {
          key: key?.toString('latin1') ?? null,
          value: value?.toString('latin1') ?? null,
          timestampMs: +timestamp,
        };
      });
      expect(plain).toEqual(records.map(plainWritten).map(({ headers: _, ...rest }) => rest));
    });
    await fc.assert(property, { ...RUNS, numRuns: 100 });
  });

  it('says who wrote it', async () => {
    const builder = new RecordBatchBuilder();
    builder.append(small(0));
    const head = { producerId: '9007199254740993', producerEpoch: 7, baseSequence: 2 ** 31 - 1, isTransactional: true };
    const batch = await decodeWithKafkajs(builder.finish(head));
    expect(batch).toMatchObject({
      producerId: '9007199254740993',
      producerEpoch: 7,
      firstSequence: 2 ** 31 - 1,
      inTransaction: true,
      isControlBatch: false,
    });
  });

  it('keeps more than 64 kB of records, and headers longer than a varint of one byte', () => {
    const headers = [{ name: 'n'.repeat(200), value: 'ß'.repeat(9_000) }];
    const records = Array.from({ length: 300 }, (_, i) => {
      return { key: Buffer.from(`key ${i}`), value: Buffer.alloc(1_000, i), headers, timestampMs: NOON_MS + i };
    });
    expect(recordsIn(batchOf(records)).map(plainDecoded)).toEqual(records.map(plainWritten));
  });
});

describe('the size of a batch', () => {
  it('is what the finished batch has, after every record', async () => {
    const property = fc.property(arbitraryRecords, (records) => {
      const builder = new RecordBatchBuilder({ initialBytes: 61 });
      for (const record of records) builder.append(record);
      const { byteLength, count } = builder;
      expect([builder.finish(NO_PRODUCER).length, count]).toEqual([byteLength, records.length]);
    });
    await fc.assert(property, { ...RUNS, numRuns: 100 });
  });

  it('never exceeds its limit, and a record that was refused leaves no trace', async () => {
    const property = fc.property(arbitraryRecords, fc.integer({ min: 100, max: 2_000 }), (records, maxBytes) => {
      const builder = new RecordBatchBuilder({ maxBytes });
      const taken = records.filter((record) => builder.append(record));
      if (taken.length > 1) expect(builder.byteLength).toBeLessThanOrEqual(maxBytes);
      expect(recordsIn(builder.finish(NO_PRODUCER)).map(plainDecoded)).toEqual(taken.map(plainWritten));
    });
    await fc.assert(property, RUNS);
  });

  it('is reached exactly when a record fits exactly', () => {
    const sized = new RecordBatchBuilder();
    sized.append(small(0));
    sized.append(small(1));
    const exact = new RecordBatchBuilder({ maxBytes: sized.byteLength });
    expect([exact.append(small(0)), exact.append(small(1)), exact.append(small(2))]).toEqual([true, true, false]);
    const short = new RecordBatchBuilder({ maxBytes: sized.byteLength - 1 });
    expect([short.append(small(0)), short.append(small(1))]).toEqual([true, false]);
  });

  it('may be too large for a single record: the broker is who refuses it', () => {
    const builder = new RecordBatchBuilder({ maxBytes: 100 });
    expect(builder.append({ ...small(0), value: Buffer.alloc(5_000) })).toBe(true);
    expect(builder.byteLength).toBeGreaterThan(5_000);
    expect(builder.append(small(1))).toBe(false);
  });
});

describe('a batch builder', () => {
  it.each([Number.NaN, 1.5, Number.POSITIVE_INFINITY, 2 ** 52])('refuses %d for a timestamp', (timestampMs) => {
    expect(() => new RecordBatchBuilder().append({ ...small(0), timestampMs })).toThrow(RangeError);
  });

  it('is finished once, and not without records', () => {
    const builder = new RecordBatchBuilder();
    expect(() => builder.finish(NO_PRODUCER)).toThrow();
    builder.append(small(0));
    builder.finish(NO_PRODUCER);
    expect(() => builder.finish(NO_PRODUCER)).toThrow();
    expect(() => builder.append(small(1))).toThrow();
  });

  it('keeps nothing of what it was given', () => {
    const value = Buffer.from('before');
    const builder = new RecordBatchBuilder();
    builder.append({ key: null, value, timestampMs: NOON_MS });
    value.fill('x');
    expect(recordsIn(builder.finish(NO_PRODUCER))[0]?.value?.toString()).toBe('before');
  });
});
