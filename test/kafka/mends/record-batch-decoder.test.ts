import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCodec } from '../../../src/compression/codecs.ts';
import { COMPRESSIONS, type Compression } from '../../../src/domain/compression.ts';
import { TollgateError } from '../../../src/domain/errors.ts';
import { decodeBatches } from '../../../src/kafka/mends/record-batch-decoder.ts';
import { HEAD_BYTES } from '../../../src/kafka/mends/record-batch-format.ts';
import { batchOf, NOON_MS, PLACE, plainDecoded, recordsIn, resealed } from './batches.ts';
import { encodeWithKafkajs } from './kafkajs-wire.ts';

const THREE = [0, 1, 2].map((i) => {
  const headers = [{ name: 'trace', value: `id ${i}` }];
  return { key: Buffer.from(`key ${i}`), value: Buffer.from(`value ${i}`), headers, timestampMs: NOON_MS + i };
});

const MB = 1024 * 1024;
const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

/** A record that becomes more than a batch may. */
function bombOf(codec: Compression): Buffer {
  return batchOf([{ key: null, value: Buffer.alloc(40 * MB), timestampMs: NOON_MS }], codec);
}

/** Three records, changed, with the checksum made right again. */
function changed(change: (batch: Buffer) => void, compression: Compression = 'none'): Buffer {
  const batch = Buffer.from(batchOf(THREE, compression));
  change(batch);
  return resealed(batch);
}

beforeAll(() => Promise.all(CODECS.map(loadCodec)));

describe('record batches', () => {
  it.each(['none', 'gzip'] as const)('are read as kafkajs writes them, with compression %s', async (compression) => {
    const records = THREE.map((record) => ({ ...record, headers: { trace: 'id' } }));
    const decoded = recordsIn(await encodeWithKafkajs(records, compression));
    const expected = records.map(({ key, value, timestampMs }) => {
      return { timestampMs, key: String(key), value: String(value), headers: [['trace', 'id']] };
    });
    expect(decoded.map(plainDecoded)).toEqual(expected);
  });

  it('have no headers where there are none: undefined, not an empty list', () => {
    const bare = THREE.map(({ key, value, timestampMs }) => ({ key, value, timestampMs }));
    expect(recordsIn(batchOf(bare)).map(({ headers }) => headers)).toEqual([undefined, undefined, undefined]);
  });

  it('follow each other, each with its offsets', () => {
    const second = changed((batch) => batch.writeBigInt64BE(2n ** 52n, 0));
    const batches = [...decodeBatches(Buffer.concat([batchOf(THREE), second]), PLACE)];
    expect(batches.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])).toEqual([
      [0, 2],
      [2 ** 52, 2 ** 52 + 2],
    ]);
    expect(batches[1]?.records().map(({ offset }) => offset)).toEqual([2 ** 52, 2 ** 52 + 1, 2 ** 52 + 2]);
  });

  it('that were cut off at the end are left out, wherever the cut is', () => {
    const whole = batchOf(THREE);
    for (let length = 0; length < whole.length; length++) {
      const bytes = Buffer.concat([whole, whole.subarray(0, length)]);
      expect(recordsIn(bytes)).toHaveLength(3);
    }
  });

  it('that compaction has emptied are batches without records', () => {
    const empty = changed((batch) => batch.writeInt32BE(0, 57)).subarray(0, HEAD_BYTES);
    empty.writeInt32BE(HEAD_BYTES - 12, 8);
    const [batch] = decodeBatches(resealed(empty), PLACE);
    expect([batch?.lastOffset, batch?.records()]).toEqual([2, []]);
  });

  it('have the time of their arrival where the topic says so', () => {
    const bytes = changed((batch) => batch.writeInt16BE(0x08, 21));
    expect(recordsIn(bytes).map(({ timestampMs }) => timestampMs)).toEqual([NOON_MS + 2, NOON_MS + 2, NOON_MS + 2]);
  });
});

/** Where the last record's headers begin: its one header is `trace: id 2`, behind their number. */
function headersOfLast(batch: Buffer): number {
  return batch.length - 'trace'.length - 'id 2'.length - 3;
}

describe('a batch that cannot be read', () => {
  const firstRecord = HEAD_BYTES;
  it.each<[string, () => Buffer]>([
    ['format is v1', () => changed((batch) => batch.writeInt8(1, 16))],
    ['length is wrong', () => changed((batch) => batch.writeInt32BE(10, 8))],
    ['length is wrong', () => changed((batch) => batch.writeInt32BE(-100, 8))],
    ['compression is unknown (7)', () => changed((batch) => batch.writeInt16BE(7, 21))],
    ...CODECS.flatMap((codec): [string, () => Buffer][] => {
      const why = `cannot be decompressed (${codec})`;
      return [
        [why, () => changed((batch) => batch.writeInt16BE(COMPRESSIONS.indexOf(codec), 21))],
        [why, () => changed((batch) => batch.fill(0x55, HEAD_BYTES + 20), codec)],
        [`${why}: it would become more than 33554432 bytes`, () => bombOf(codec)],
      ];
    }),
    ['longer than its batch', () => changed((batch) => batch.writeUInt16BE(0xfe7f, firstRecord))],
    ['longer than its batch', () => changed((batch) => batch.writeInt32BE(4, 57))],
    ['longer than its batch', () => changed((batch) => batch.writeUInt8(0x01, firstRecord))],
    ['longer than it says', () => changed((batch) => batch.writeUInt8(0x0a, firstRecord))],
    ['varint of more than five bytes', () => changed((batch) => batch.fill(0xff, firstRecord, firstRecord + 6))],
    ['header is longer than its batch', () => changed((batch) => batch.writeUInt8(0x7e, headersOfLast(batch) + 1))],
    ['negative number of headers', () => changed((batch) => batch.writeUInt8(0x01, headersOfLast(batch)))],
    ['varlong beyond', () => changed((batch) => batch.fill(0xff, firstRecord + 2, firstRecord + 12))],
  ])('says that its %s', (why, bytesOf) => {
    const bytes = bytesOf();
    let thrown: unknown;
    try {
      recordsIn(bytes);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TollgateError);
    expect(thrown).toMatchObject({ code: 'input_unreadable', retryable: false, where: 'calls/3/0' });
    expect((thrown as TollgateError).message).toContain(why);
  });

  it('is named with the offset that follows it, where that is known', () => {
    const unknown = changed((batch) => batch.writeInt16BE(7, 21));
    const next = expect.stringContaining('topics repair --topic calls --partition 3 --to 3');
    expect(() => recordsIn(unknown)).toThrow(expect.objectContaining({ next }));
  });

  it('is noticed by its checksum when a bit of it is another, wherever', () => {
    const whole = batchOf(THREE);
    for (let at = 21; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
      expect(() => recordsIn(bytes)).toThrow('its checksum is wrong');
    }
  });

  it('never makes the decoder fail otherwise, run for ever, or read beyond it', async () => {
    const arbitraryChanges = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    const property = fc.property(arbitraryChanges, (changes) => {
      const bytes = changed((batch) => {
        for (const [at, byte] of changes) batch.writeUInt8(byte, 57 + (at % (batch.length - 57)));
      });
      try {
        const size = recordsIn(bytes).reduce(
          (sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0),
          0,
        );
        expect(size).toBeLessThan(bytes.length);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'input_unreadable' });
      }
    });
    await fc.assert(property, { seed: 4, numRuns: 2_000 });
  });
});
