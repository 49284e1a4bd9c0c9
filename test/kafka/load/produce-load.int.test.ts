import { expect, it } from 'vitest';
import { partitionOf } from '../../../src/codec/partition-of.ts';
import { describeWithKafka, testBroker, uniqueName } from '../given-broker.ts';
import { aClient, createTopics } from '../outside/broker-fixture.ts';
import { openAfter } from '../outside/open-after.ts';
import { outsideReader } from '../outside/reader.ts';
import { events, type LoadRecord } from './event-load.ts';
import { produceLoad } from './produce-load.ts';

const PARTITIONS = 4;

describeWithKafka('a load that is written', () => {
  it('is on the broker once, where its keys belong, and nothing that was aborted shows', async () => {
    const { brokers } = testBroker();
    const eventTopics = [uniqueName('calls'), uniqueName('steps')];
    const controlTopic = uniqueName('control');
    const topics = [...eventTopics, controlTopic];
    await createTopics(aClient(), topics, PARTITIONS);
    const load = [...events(9, { eventTopics, controlTopic, count: 800, badShare: 0.1 })];
    const options = { seed: 9, batch: 10, abortedShare: 0.5, transactionalProducers: 3 };
    const produced = await produceLoad(brokers, load, options);
    expect(produced.records).toBe(load.length);
    expect(produced.aborted).toBeGreaterThan(100);

    const reader = outsideReader(brokers);
    expect(await openAfter(reader, topics, 20_000)).toEqual([]);
    const found: string[] = [];
    for (const topic of topics) {
      for (const { key, value, partition } of await reader.read(topic)) {
        found.push(textOf({ topic, key, value }));
        if (key !== null) expect(partition).toBe(partitionOf(key, PARTITIONS));
      }
    }
    expect(found.sort()).toEqual(load.map(textOf).sort());
  });

  it('stops when it is told to, with everything committed', async () => {
    const { brokers } = testBroker();
    const topic = uniqueName('calls');
    await createTopics(aClient(), [topic], 1);
    const stop = new AbortController();
    const endless = function* () {
      for (const record of events(1, { eventTopics: [topic], controlTopic: topic, count: 1_000_000 })) {
        if (++taken === 200) stop.abort();
        yield record;
      }
    };
    let taken = 0;
    const { records } = await produceLoad(brokers, endless(), { batch: 20, signal: stop.signal, abortedShare: 0 });
    expect(records).toBe(180);
    const reader = outsideReader(brokers);
    expect(await openAfter(reader, [topic], 20_000)).toEqual([]);
    expect(await reader.read(topic)).toHaveLength(records);
  });
});

function textOf({ topic, key, value }: LoadRecord): string {
  return `${topic} ${key?.toString('hex')} ${value?.toString('hex')}`;
}
