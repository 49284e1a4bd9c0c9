import { beforeAll, expect, it } from 'vitest';
import { describeWithKafka, testBroker, uniqueName } from '../given-broker.ts';
import { aClient, createTopics } from './broker-fixture.ts';
import { openAfter } from './open-after.ts';
import type { OutsideReader, OutsideRecord } from './outside-record.ts';
import { outsideReaders } from './reader.ts';

const ODD = Buffer.from([0x00, 0x0a, 0x0d, 0xff, 0x5c, 0x2c, 0x3d]);
const HEADERS = { tollgate_source: 'calls/0/17', tollgate_error_message: '/phase: expected pre, mid or post\n' };

describeWithKafka('reading from outside', () => {
  const topic = uniqueName('odd');

  beforeAll(async () => {
    const kafka = aClient();
    await createTopics(kafka, [topic], 2);
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId: uniqueName('odd') });
    await producer.connect();
    const first = await producer.transaction();
    const odd = [
      { partition: 0, key: null, value: ODD },
      { partition: 0, key: ODD, value: null, headers: HEADERS },
      { partition: 0, key: '', value: '' },
      { partition: 1, key: 'ä', value: 'straße\n🙂'.repeat(20_000), headers: HEADERS },
    ];
    await first.send({ topic, messages: odd });
    await first.commit();
    const second = await producer.transaction();
    await second.send({ topic, messages: [{ partition: 0, key: 'a', value: 'aborted' }] });
    await second.abort();
    const third = await producer.transaction();
    await third.send({ topic, messages: [{ partition: 1, key: 'a', value: 'after' }] });
    await third.commit();
    await producer.disconnect();
  });

  it('shows every committed byte and nothing aborted, with every reader there is', async () => {
    const readers = outsideReaders(testBroker().brokers);
    const readings = await Promise.all(readers.map((reader) => settled(reader, topic)));
    const [records = []] = readings;
    expect(records.map(({ timestampMs: _, ...record }) => record)).toEqual([
      { partition: 0, offset: 0, key: null, value: ODD, headers: new Map() },
      { partition: 0, offset: 1, key: ODD, value: null, headers: new Map(Object.entries(HEADERS)) },
      { partition: 0, offset: 2, key: Buffer.alloc(0), value: Buffer.alloc(0), headers: new Map() },
      {
        partition: 1,
        offset: 0,
        key: Buffer.from('ä'),
        value: Buffer.from('straße\n🙂'.repeat(20_000)),
        headers: new Map(Object.entries(HEADERS)),
      },
      { partition: 1, offset: 2, key: Buffer.from('a'), value: Buffer.from('after'), headers: new Map() },
    ]);
    for (const reading of readings) expect(reading).toEqual(records);
    const second = records.filter(({ partition }) => partition === 1);
    for (const reader of readers) expect(await reader.read(topic, 1)).toEqual(second);
  });

  it('knows an open transaction from an ended one', async () => {
    const kafka = aClient();
    const open = uniqueName('open');
    await createTopics(kafka, [open], 2);
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId: uniqueName('open') });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: open, messages: [{ partition: 1, key: 'a', value: 'b' }] });
    for (const reader of outsideReaders(testBroker().brokers)) {
      expect(await reader.openTransactions([open])).toEqual([`${open}/1`]);
    }
    await transaction.commit();
    for (const reader of outsideReaders(testBroker().brokers))
      expect(await openAfter(reader, [open], 20_000)).toEqual([]);
    await producer.disconnect();
  });
});

/** Reads when every transaction has ended. */
async function settled(reader: OutsideReader, topic: string): Promise<readonly OutsideRecord[]> {
  expect(await openAfter(reader, [topic], 20_000)).toEqual([]);
  return reader.read(topic);
}
