import { beforeAll, expect, it } from 'vitest';
import { loadCodec } from '../../../src/compression/codecs.ts';
import { COMPRESSIONS } from '../../../src/domain/compression.ts';
import { type FetchedRecord, fetchPartitions } from '../../../src/kafka/mends/fetch.ts';
import { produceBatches } from '../../../src/kafka/mends/produce.ts';
import { type OutRecord, RecordBatchBuilder } from '../../../src/kafka/mends/record-batch.ts';
import { endOffsets, type OffsetKind } from '../../../src/kafka/partition-reader.ts';
import { describeWithKafka, testBroker } from '../given-broker.ts';
import { outsideReader } from '../outside/reader.ts';
import { batchOf, NO_PRODUCER, NOON_MS, plainDecoded, plainWritten } from './batches.ts';
import { leaderOf, makeTopic, never, openTestCluster, transactionalProducer } from './broker-fixture.ts';

const OPTIONS = { transactionalId: null, acks: -1, timeoutMs: 10_000 } as const;
const FETCH = { maxWaitMs: 100, minBytes: 1, maxBytes: 50_000_000, isolation: 'read_committed' } as const;
const MAX_BYTES = 20_000_000;

/** Every kind of key, value, header and time that a record may have. */
const RECORDS: readonly OutRecord[] = [
  { key: Buffer.from('key'), value: Buffer.from('value'), timestampMs: NOON_MS },
  { key: null, value: Buffer.from('no key'), timestampMs: NOON_MS + 5_000 },
  { key: Buffer.from('tombstone'), value: null, timestampMs: NOON_MS - 5_000 },
  { key: Buffer.from('größe 日本語 😀'), value: Buffer.from('größe 日本語 😀'), timestampMs: NOON_MS },
  {
    key: Buffer.from('headers'),
    value: Buffer.from('h'),
    timestampMs: NOON_MS,
    headers: [
      { name: 'ascii', value: 'text' },
      { name: 'utf8', value: 'größe 日本語 😀' },
      { name: 'long', value: 'x'.repeat(300) },
    ],
  },
  { key: Buffer.from('slice'), value: Buffer.from('--middle--'), valueStart: 2, valueEnd: 8, timestampMs: NOON_MS },
  { key: Buffer.alloc(0), value: Buffer.from('an empty key'), timestampMs: NOON_MS },
  { key: Buffer.from('large'), value: Buffer.alloc(100_000, 'abc'), timestampMs: 1 },
];

function texts(records: readonly FetchedRecord[]): readonly string[] {
  return records.map(({ value }) => Buffer.from(value ?? []).toString());
}

/** Three producers write two records each, in turns; in each round another one commits. Returns what was committed. */
async function writeInterleaved(topic: string, rounds: number): Promise<readonly string[]> {
  const producers = await Promise.all([0, 1, 2].map(() => transactionalProducer()));
  const committed: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const open = await Promise.all(producers.map((producer) => producer.transaction()));
    for (const turn of [0, 1, 2, 3, 4, 5]) {
      await open[turn % 3]?.send({ topic, messages: [{ value: `${round} ${turn}` }] });
    }
    // They end in another order than they began.
    for (const i of [2, 1, 0]) await (i === round % 3 ? open[i]?.commit() : open[i]?.abort());
    committed.push(`${round} ${round % 3}`, `${round} ${(round % 3) + 3}`);
  }
  return committed;
}

beforeAll(() => Promise.all((['gzip', 'snappy', 'lz4', 'zstd'] as const).map(loadCodec)));

describeWithKafka('record batches on a broker', () => {
  it.each(COMPRESSIONS)('are read by an outside client as they were written, compression %s', async (codec) => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const batches = [RECORDS, RECORDS.toReversed()].map((records) => batchOf(records, codec));
    for (const batch of batches) {
      await produceBatches(await leaderOf(cluster, topic), OPTIONS, [{ topic, partition: 0, batch }]);
    }
    const seen = await outsideReader(testBroker().brokers).read(topic);
    const expected = [...RECORDS, ...RECORDS.toReversed()].map(plainWritten);
    const plain = seen.map(({ key, value, timestampMs }) => {
      return { timestampMs, key: key?.toString('latin1') ?? null, value: value?.toString('latin1') ?? null };
    });
    expect(plain).toEqual(expected.map(({ headers: _, ...rest }) => rest));
    expect(seen.map(({ offset }) => offset)).toEqual(expected.map((_, i) => i));
    const headers = new Map(RECORDS[4]?.headers?.map(({ name, value }) => [name, value]));
    expect(seen[4]?.headers).toEqual(headers);
  });

  it.each(COMPRESSIONS)('are fetched as they were written, compression %s', async (codec) => {
    const topic = await makeTopic({ partitions: 2 });
    const { cluster } = await openTestCluster();
    const leader = await leaderOf(cluster, topic);
    const batches = [0, 1].map((partition) => ({ topic, partition, batch: batchOf(RECORDS, codec) }));
    const places = await produceBatches(leader, OPTIONS, batches);
    expect(places).toEqual([0, 1].map((partition) => ({ topic, partition, baseOffset: 0, logAppendTimeMs: -1 })));
    const targets = [1, 0].map((partition) => ({ topic, partition, offset: partition * 3, maxBytes: MAX_BYTES }));
    const [one, zero] = await fetchPartitions(leader, targets, FETCH);
    expect(one).toMatchObject({
      partition: 1,
      nextOffset: 8,
      highWatermark: 8,
      lastStableOffset: 8,
      logStartOffset: 0,
    });
    expect(one?.records.map(plainDecoded)).toEqual(RECORDS.slice(3).map(plainWritten));
    expect(zero?.records.map(plainDecoded)).toEqual(RECORDS.map(plainWritten));
  });

  it('may be as large as the topic allows, and not one byte larger', async () => {
    const maxBytes = 50_000;
    const topic = await makeTopic({ entries: { 'max.message.bytes': String(maxBytes) } });
    const { cluster } = await openTestCluster();
    const leader = await leaderOf(cluster, topic);
    const batchOfSize = (size: number) => {
      const empty = new RecordBatchBuilder();
      empty.append({ key: null, value: Buffer.alloc(40_000), timestampMs: NOON_MS });
      const value = Buffer.alloc(40_000 + size - empty.byteLength, 'x');
      const builder = new RecordBatchBuilder({ maxBytes: size });
      builder.append({ key: null, value, timestampMs: NOON_MS });
      return builder.finish(NO_PRODUCER);
    };
    const exact = batchOfSize(maxBytes);
    expect(exact).toHaveLength(maxBytes);
    await produceBatches(leader, OPTIONS, [{ topic, partition: 0, batch: exact }]);
    const larger = [{ topic, partition: 0, batch: batchOfSize(maxBytes + 1) }];
    const failure = expect(produceBatches(leader, OPTIONS, larger));
    await failure.rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE', message: expect.stringContaining(`${topic}/0`) });
  });

  it('are refused when their checksum is wrong', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const batch = batchOf(RECORDS);
    batch.writeUInt8(batch.readUInt8(100) ^ 1, 100);
    const failure = expect(produceBatches(await leaderOf(cluster, topic), OPTIONS, [{ topic, partition: 0, batch }]));
    await failure.rejects.toMatchObject({ type: 'CORRUPT_MESSAGE' });
  });
});

describeWithKafka('fetching', () => {
  it('leaves out what several producers aborted between what others committed', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const expected = await writeInterleaved(topic, 4);
    const leader = await leaderOf(cluster, topic);
    // The markers of the last transactions are written after their ends were acknowledged.
    const ends = (which: OffsetKind) => endOffsets(cluster, topic, [0], which, never);
    const isQuiet = async () => (await ends('last_stable')).get(0) === (await ends('high_watermark')).get(0);
    await expect.poll(isQuiet).toBe(true);
    const fetchFrom = async (offset: number, isolation: 'read_committed' | 'read_uncommitted' = 'read_committed') => {
      const targets = [{ topic, partition: 0, offset, maxBytes: MAX_BYTES }];
      const [part] = await fetchPartitions(leader, targets, { ...FETCH, isolation });
      if (part === undefined) throw new Error('no answer for the partition');
      return part;
    };
    const all = await fetchFrom(0);
    expect(texts(all.records)).toEqual(expected);
    expect(all.nextOffset).toBe(all.highWatermark);
    // Wherever a fetch begins, it sees the same records from there on.
    for (let offset = 0; offset < all.highWatermark; offset++) {
      const rest = all.records.filter((record) => record.offset >= offset);
      expect(texts((await fetchFrom(offset)).records)).toEqual(texts(rest));
    }
    expect((await fetchFrom(0, 'read_uncommitted')).records).toHaveLength(24);
  });

  it('stops at the first offset of an open transaction', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const leader = await leaderOf(cluster, topic);
    await produceBatches(leader, OPTIONS, [{ topic, partition: 0, batch: batchOf(RECORDS.slice(0, 2)) }]);
    const transaction = await (await transactionalProducer()).transaction();
    await transaction.send({ topic, messages: [{ value: 'open' }] });
    const [part] = await fetchPartitions(leader, [{ topic, partition: 0, offset: 0, maxBytes: MAX_BYTES }], FETCH);
    expect(part).toMatchObject({ nextOffset: 2, lastStableOffset: 2, highWatermark: 3 });
    const behind = [{ topic, partition: 0, offset: 2, maxBytes: MAX_BYTES }];
    expect((await fetchPartitions(leader, behind, FETCH))[0]).toMatchObject({
      byteLength: 0,
      nextOffset: 2,
      records: [],
    });
    await transaction.abort();
  });

  it('says which partition is out of range or unknown, and gives the others', async () => {
    const topic = await makeTopic({ partitions: 2 });
    const { cluster } = await openTestCluster();
    const leader = await leaderOf(cluster, topic);
    await produceBatches(leader, OPTIONS, [{ topic, partition: 1, batch: batchOf(RECORDS) }]);
    const targets = [
      { topic, partition: 0, offset: 7, maxBytes: MAX_BYTES },
      { topic, partition: 9, offset: 0, maxBytes: MAX_BYTES },
      { topic, partition: 1, offset: 0, maxBytes: MAX_BYTES },
    ];
    const parts = await fetchPartitions(leader, targets, FETCH);
    const found = new Map(parts.map(({ partition, errorType, records }) => [partition, [errorType, records.length]]));
    expect(found).toEqual(
      new Map([
        [0, ['OFFSET_OUT_OF_RANGE', 0]],
        [9, ['UNKNOWN_TOPIC_OR_PARTITION', 0]],
        [1, [undefined, RECORDS.length]],
      ]),
    );
  });

  it('gets a batch whole that is larger than what was asked for', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const leader = await leaderOf(cluster, topic);
    await produceBatches(leader, OPTIONS, [{ topic, partition: 0, batch: batchOf(RECORDS) }]);
    const [part] = await fetchPartitions(leader, [{ topic, partition: 0, offset: 0, maxBytes: 10 }], {
      ...FETCH,
      maxBytes: 10,
    });
    expect(part?.records).toHaveLength(RECORDS.length);
  });
});
