import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partitionOf } from '../../src/codec/partition-of.ts';
import { SHIPPED } from '../codec/given-avro.ts';
import { temporaryDirectory } from '../files/temporary-directory.ts';
import { describeWithKafka, testBroker } from '../kafka/given-broker.ts';
import { outsideReader } from '../kafka/outside/reader.ts';
import { GivenRun } from '../kafka/proof/given-run.ts';
import { FakeRegistry } from '../kafka/schema-registry/fake-registry.ts';
import { tollgate } from '../kafka/topics-fixture.ts';
import { type FastavroRecord, RECORDS, REGISTERED, WRITERS } from './fastavro/fixtures.ts';
import { type OutsideProducer, outsideProducers, type ProducedRecord } from './outside-producers.ts';

const AVRO = { 'content-type': 'application/avro' };
const TIME = '2025-06-03T08:00:00Z';

/** A record, and the event in JSON that it stands for. */
interface Case extends ProducedRecord {
  readonly event: string;
}

interface Decided {
  readonly event_id: string;
  readonly session_id: string;
}

/** Tool calls of one session, in every form that a line of text can have. */
function lineCases(session: string): readonly Case[] {
  const call = (n: number) => ({
    event_id: `call-${n}`,
    type: 'tool_call',
    session_id: session,
    occurred_at: TIME,
    tool: 'shell',
    params: { command: `curl https://example.org/größe/${n}` },
  });
  const attributes = (n: number) => ({
    specversion: '1.0',
    id: `call-${n}`,
    source: '/fleet',
    type: 'com.example.call',
    time: TIME,
  });
  const { event_id: _, occurred_at: __, ...inside } = call(3);
  const ce = Object.fromEntries(Object.entries(attributes(3)).map(([name, value]) => [`ce_${name}`, value]));
  const texts: readonly (readonly [number, object, Readonly<Record<string, string>> | undefined])[] = [
    [0, call(0), undefined],
    [1, call(1), { 'content-type': 'application/json; charset=utf-8' }],
    [2, { ...attributes(2), data: call(2) }, { 'content-type': 'application/cloudevents+json; charset=UTF-8' }],
    [3, inside, { ...ce, 'content-type': 'application/json' }],
    [4, call(4), { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }],
  ];
  return texts.map(([n, value, headers]) => {
    const record = { key: session, value: Buffer.from(JSON.stringify(value)), event: JSON.stringify(call(n)) };
    return headers === undefined ? record : { ...record, headers };
  });
}

function fastavroCase({ framing, value, event }: FastavroRecord): Case {
  return framing === 'plain' ? { key: 's-1', value, event, headers: AVRO } : { key: 's-1', value, event };
}

/** A session of another partition than this one's. */
function sessionElsewhere(session: string, partitions: number): string {
  const names = Array.from({ length: 100 }, (_, n) => `elsewhere ${n}`);
  return names.find((name) => partitionOf(name, partitions) !== partitionOf(session, partitions)) as string;
}

describeWithKafka('records of other producers', () => {
  const { brokers } = testBroker();
  const directory = temporaryDirectory();
  const run = new GivenRun(brokers);
  const registry = new FakeRegistry();
  const [calls = ''] = run.topics.events;

  beforeAll(async () => {
    await run.createTopics();
    await registry.start();
    registry.schemas.set(7, { schema: SHIPPED });
    for (const answer of REGISTERED)
      if (answer.kind === 'schema') registry.schemas.set(answer.id, { schema: answer.text });
    const schemas = WRITERS.map((text, n) => {
      const path = join(directory, `writer-${n}.avsc`);
      writeFileSync(path, text);
      return path;
    });
    run.configure({ avro: { schemas }, schemaRegistry: { url: registry.url, timeoutMs: 1000 } });
  });

  afterAll(async () => {
    await run.close();
    await registry.stop();
  });

  /** What a replay of the same events in JSON decides: nothing of it depends on their format. */
  async function judgedAsJson(cases: readonly Case[]): Promise<readonly string[]> {
    const file = join(directory, 'events.ndjson');
    writeFileSync(file, cases.map(({ event }) => `${event}\n`).join(''));
    const { code, out, err } = await tollgate('replay', '-c', run.config('replay'), file);
    expect([code, err.includes('could not be read')]).toEqual([0, false]);
    return out.split('\n').slice(0, -1);
  }

  async function decided(): Promise<readonly string[]> {
    return (await outsideReader(brokers).read(run.topics.decisions)).map(({ value }) => String(value));
  }

  const producers: readonly OutsideProducer[] = outsideProducers(brokers, directory);
  let settled = 0;

  /** Writes, lets them be judged, and returns the decisions of the session. */
  async function judgedLive(producer: OutsideProducer, cases: readonly Case[]): Promise<readonly string[]> {
    await producer.write(calls, cases);
    const program = run.start('live');
    settled += cases.length;
    await run.settled(settled);
    await program.stop();
    const key = `"session_id":"${cases[0]?.key}"`;
    return (await decided()).filter((text) => text.includes(key));
  }

  it('has a producer that writes bytes, and one that writes lines', () => {
    expect(producers.map(({ writesBytes }) => writesBytes)).toEqual(expect.arrayContaining([true, false]));
  });

  describe.each(producers)('$name', (producer) => {
    it('writes JSON and CloudEvents that are judged like the same events in a file', async () => {
      const cases = lineCases(`lines of ${producer.name}`);
      const live = await judgedLive(producer, cases);
      expect(live).toHaveLength(cases.length);
      expect(live).toEqual(await judgedAsJson(cases));
    });
  });

  it('are judged alike in Avro as fastavro wrote it, in each framing', async () => {
    const producer = producers.find(({ writesBytes }) => writesBytes);
    const cases = RECORDS.map(fastavroCase);
    const live = await judgedLive(producer as OutsideProducer, cases);
    expect(live.length).toBeGreaterThanOrEqual(5);
    expect(live).toEqual(await judgedAsJson(cases));
    expect(await outsideReader(brokers).read(run.topics.deadLetter)).toEqual([]);
  });

  it('wait while the schema registry is down, and are judged when it is back; none is refused', async () => {
    const producer = producers.find(({ writesBytes }) => writesBytes) as OutsideProducer;
    const older = RECORDS.find(({ id }) => id === 8) as FastavroRecord;
    const other = sessionElsewhere('s-8', run.partitions);
    const decisionsNow = async () => {
      const decisions = (await decided()).map((text): Decided => JSON.parse(text));
      return decisions.filter((each) => [other, 's-8'].includes(each.session_id)).map((each) => each.event_id);
    };
    await registry.stop();
    const program = run.start('waiting');
    const plain = { key: other, value: Buffer.from(older.event.replace('f-4', 'f-9').replace('s-1', other)) };
    // Names of the same length: else their lengths in the record would be others.
    const framed = Buffer.from(older.value).toString('latin1').replace('f-4', 'f-8').replace('s-1', 's-8');
    await producer.write(calls, [{ key: 's-8', value: Buffer.from(framed, 'latin1') }, plain]);
    settled += 2;
    // The other partition goes on.
    await run.settled(settled - 1);
    await program.says('the schema registry gives no answer', AbortSignal.timeout(60_000));
    registry.behaviour = 'failing';
    await registry.start();
    await registry.requests(registry.asked.length + 2);
    expect(await decisionsNow()).toEqual(['f-9']);
    registry.behaviour = 'well';
    await run.settled(settled);
    expect((await decisionsNow()).sort()).toEqual(['f-8', 'f-9']);
    expect(await outsideReader(brokers).read(run.topics.deadLetter)).toEqual([]);
    await program.stop();
  });

  it('are replayed from their topics to the decisions of the live run', async () => {
    const { code, out } = await tollgate('replay', '-c', run.config('again'), `kafka:${calls}`);
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, -1).sort()).toEqual([...(await decided())].sort());
  });

  it('are dead letters when the registry has no such schema', async () => {
    const producer = producers.find(({ writesBytes }) => writesBytes) as OutsideProducer;
    const value = Buffer.concat([Buffer.from([0, 0, 0, 1, 1]), Buffer.from('x')]);
    await producer.write(calls, [{ key: 's-1', value }]);
    const program = run.start('refusing');
    await run.settled(++settled);
    await program.stop();
    const letters = await outsideReader(brokers).read(run.topics.deadLetter);
    expect(letters.map(({ headers }) => headers.get('tollgate_error_code'))).toEqual(['unknown_schema']);
    expect(run.badEndings).toEqual([]);
  });
});
