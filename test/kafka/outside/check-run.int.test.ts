import type { Kafka, Message, Transaction } from 'kafkajs';
import { beforeAll, expect, it } from 'vitest';
import type { RawRecord } from '../../../src/domain/record.ts';
import { describeWithKafka, testBroker, uniqueName } from '../given-broker.ts';
import { events } from '../load/event-load.ts';
import { type Produced, produceLoad } from '../load/produce-load.ts';
import { aClient, createTopics, namesOf, uniqueTopics } from './broker-fixture.ts';
import { checkRun, type RunToCheck } from './checker.ts';
import { judgedWorld, type World } from './judged-world.ts';
import { openAfter } from './open-after.ts';
import type { OutsideRecord } from './outside-record.ts';
import { outsideReader } from './reader.ts';
import type { RunTopics } from './run-records.ts';

const PARTITIONS = 3;
const COUNT = 900;
const SEED = 11;

/** A run on the broker by the simplest processor there is: reads all, judges all, one transaction a partition. */
interface PublishedRun extends RunToCheck {
  readonly produced: Produced;
}

async function publishedRun(kafka: Kafka): Promise<PublishedRun> {
  const topics = uniqueTopics();
  const groupId = uniqueName('group');
  await createTopics(kafka, namesOf(topics), PARTITIONS);
  const { brokers } = testBroker();
  const options = { count: COUNT, sessions: 15, eventTopics: topics.events, controlTopic: topics.control };
  const load = events(SEED, { ...options, badShare: 0.05, redeliveredShare: 0.05, controlShare: 0.05 });
  const produced = await produceLoad(brokers, load, { seed: SEED, batch: 10, abortedShare: 0.3 });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId: uniqueName('judge') });
  await producer.connect();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const world = judgedWorld(await readInput(topics, partition), { partition, partitions: PARTITIONS, topics });
    const transaction = await producer.transaction();
    await publish(transaction, world, topics, groupId);
    await transaction.commit();
  }
  await producer.disconnect();
  return { brokers, groupId, topics, partitions: PARTITIONS, isComplete: true, produced };
}

async function readInput(topics: RunTopics, partition: number): Promise<readonly RawRecord[]> {
  const reader = outsideReader(testBroker().brokers);
  const inputs = [...topics.events, topics.control];
  expect(await openAfter(reader, inputs, 20_000)).toEqual([]);
  const lists = await Promise.all(
    inputs.map(async (topic) => (await reader.read(topic, partition)).map((record) => rawFrom(record, topic, topics))),
  );
  return lists.flat();
}

function rawFrom({ offset, timestampMs, key, value }: OutsideRecord, topic: string, { control }: RunTopics): RawRecord {
  return { topic, offset, nextOffset: offset + 1, timestampMs, key, value, trusted: topic === control };
}

async function publish(transaction: Transaction, world: World, topics: RunTopics, groupId: string): Promise<void> {
  const outputs: [string, readonly OutsideRecord[]][] = [
    [topics.decisions, world.decisions],
    [topics.audit, world.audit],
    [topics.deadLetter, world.deadLetters],
    [topics.sessions, world.changelog],
  ];
  for (const [topic, records] of outputs) await transaction.send({ topic, messages: records.map(messageFrom) });
  const offsets = [...world.inputs].flatMap(([topic, records]) => {
    const last = records.at(-1)?.offset;
    return last === undefined
      ? []
      : [{ topic, partitions: [{ partition: world.partition, offset: String(last + 1) }] }];
  });
  await transaction.sendOffsets({ consumerGroupId: groupId, topics: offsets });
}

function messageFrom({ partition, key, value, headers }: OutsideRecord): Message {
  return { partition, key, value, headers: Object.fromEntries(headers) };
}

describeWithKafka('the checker on a broker', () => {
  const kafka = aClient();
  let run: PublishedRun;

  beforeAll(async () => {
    run = await publishedRun(kafka);
  });

  it('finds a sound run sound, over plain, transactional and aborted input', async () => {
    const report = await checkRun(run);
    expect(report.violations).toEqual([]);
    expect(report.counts).toMatchObject({ inputs: COUNT, waiting: 0 });
    expect(run.produced.records).toBe(COUNT);
    expect(run.produced.aborted).toBeGreaterThan(0);
  });

  it('misses the offsets of a group that never committed', async () => {
    const { violations } = await checkRun({ ...run, groupId: uniqueName('nobody') });
    expect(new Set(violations.map(({ kind }) => kind))).toEqual(new Set(['position_wrong']));
  });

  it('finds a hanging transaction, then the decision that it held', async () => {
    const { topics } = run;
    const [copied] = await outsideReader(run.brokers).read(topics.decisions, 1);
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId: uniqueName('hang') });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: topics.decisions, messages: [messageFrom(copied as OutsideRecord)] });
    const hanging = await checkRun({ ...run, settleMs: 0 });
    const place = `${topics.decisions}/1`;
    expect(hanging.violations).toEqual([expect.objectContaining({ kind: 'hanging_transaction', place })]);
    await transaction.commit();
    await producer.disconnect();
    const { violations } = await checkRun(run);
    expect(violations).toEqual([expect.objectContaining({ kind: 'doubled' })]);
  });
});
