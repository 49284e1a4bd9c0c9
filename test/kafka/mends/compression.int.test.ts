import { beforeAll, describe, expect, it } from 'vitest';
import { loadCodec } from '../../../src/compression/codecs.ts';
import { fetchPartitions } from '../../../src/kafka/mends/fetch.ts';
import { produceBatches } from '../../../src/kafka/mends/produce.ts';
import { describeWithKafka, testBroker } from '../given-broker.ts';
import { ConsoleReader } from '../outside/console-reader.ts';
import { jarFolders, outsideWriters } from '../outside/outside-writers.ts';
import { outsideReaders } from '../outside/reader.ts';
import { batchOf, NOON_MS } from './batches.ts';
import { leaderOf, makeTopic, openTestCluster } from './broker-fixture.ts';

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const OPTIONS = { transactionalId: null, acks: -1, timeoutMs: 10_000 } as const;
const FETCH = { maxWaitMs: 100, minBytes: 1, maxBytes: 50_000_000, isolation: 'read_committed' } as const;
const MAX_BYTES = 20_000_000;
/** More than one block of snappy and lz4 in a batch; 3,000 events, some 400 kB. */
const LINES = Array.from({ length: 3_000 }, (_, i) => {
  return JSON.stringify({
    event_id: `e-${i}`,
    session_id: `s-${i % 7}`,
    tool: 'shell',
    params: { n: (i * 7919) % 104_729 },
  });
});

/** The values of partition 0, and in how many bytes they came. */
async function fetched(topic: string): Promise<{ readonly values: readonly string[]; readonly byteLength: number }> {
  const { cluster } = await openTestCluster();
  const leader = await leaderOf(cluster, topic);
  const values: string[] = [];
  let byteLength = 0;
  for (let offset = 0; ; ) {
    const [part] = await fetchPartitions(leader, [{ topic, partition: 0, offset, maxBytes: MAX_BYTES }], FETCH);
    if (part === undefined || part.errorType !== undefined) throw new Error(`fetching failed: ${part?.errorType}`);
    values.push(...part.records.map(({ value }) => Buffer.from(value ?? []).toString()));
    byteLength += part.byteLength;
    offset = part.nextOffset;
    if (offset >= part.highWatermark) return { values, byteLength };
  }
}

describeWithKafka('compressed batches', () => {
  beforeAll(() => Promise.all(CODECS.map(loadCodec)));

  describe.each(CODECS)('of %s', (codec) => {
    it('that other clients wrote are read: Java’s producer, librdkafka', async () => {
      const writers = outsideWriters(testBroker().brokers);
      expect(writers).not.toEqual([]);
      for (const writer of writers) {
        const topic = await makeTopic();
        await writer.write(topic, codec, LINES);
        const { values, byteLength } = await fetched(topic);
        expect(values, writer.name).toEqual(LINES);
        // It did compress, and the broker left it so.
        expect(byteLength, writer.name).toBeLessThan(LINES.join('').length / 2);
      }
    });

    it('are read where the topic has its own compression', async () => {
      // The broker compresses again; of zstd it has told old fetchers that they cannot read it.
      const topic = await makeTopic({ entries: { 'compression.type': codec } });
      const { cluster } = await openTestCluster();
      const batch = batchOf([{ key: null, value: Buffer.from('plain'.repeat(100)), timestampMs: NOON_MS }]);
      await produceBatches(await leaderOf(cluster, topic), OPTIONS, [{ topic, partition: 0, batch }]);
      const { values, byteLength } = await fetched(topic);
      expect(values).toEqual(['plain'.repeat(100)]);
      expect(byteLength).toBeLessThan(batch.length);
    });
  });

  it('that we wrote are read by other clients, one of each codec in a topic: Java’s consumer, librdkafka', async () => {
    const topic = await makeTopic();
    const { cluster } = await openTestCluster();
    const records = LINES.map((line, i) => ({ key: null, value: Buffer.from(line), timestampMs: NOON_MS + i }));
    const leader = await leaderOf(cluster, topic);
    for (const codec of CODECS) {
      await produceBatches(leader, OPTIONS, [{ topic, partition: 0, batch: batchOf(records, codec) }]);
    }
    const { brokers } = testBroker();
    const readers = [...outsideReaders(brokers), ...jarFolders().map((jars) => new ConsoleReader(brokers, jars))];
    expect(readers).not.toEqual([]);
    const readings = await Promise.all(readers.map((reader) => reader.read(topic)));
    for (const [i, reading] of readings.entries()) {
      const values = reading.map(({ value }) => String(value));
      expect(values, readers[i]?.name).toEqual(CODECS.flatMap(() => LINES));
    }
  });
});
