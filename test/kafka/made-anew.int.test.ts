import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readTopicIds } from '../../src/kafka/topic-ids.ts';
import { describeWithKafka, testBroker, uniqueName } from './given-broker.ts';
import { givenCluster } from './given-cluster.ts';
import { GivenRun } from './proof/given-run.ts';
import { tollgate } from './topics-fixture.ts';

const RUNNING = new AbortController().signal;
const COMMAND = /: tollgate (topics repair --topic \S+ --partition \d+ --to earliest);/;
const PARTITIONS = 4;
const PATIENCE = { interval: 25, timeout: 20_000 };

describeWithKafka('the id of a topic', () => {
  const { topics, cluster } = givenCluster();

  it('is read as Kafka prints it, is another for each topic, and absent for one that is not there', async () => {
    const [first, second, absent] = [uniqueName('first'), uniqueName('second'), uniqueName('absent')];
    await topics(2, [first, second]);
    const asking = await cluster([first]);
    const ids = await readTopicIds(asking, [second, absent, first], { topic: first, partition: 1 }, RUNNING);
    expect([...ids.keys()].toSorted()).toEqual([first, second].toSorted());
    for (const id of ids.values()) expect(id).toMatch(/^[\w-]{22}$/);
    expect(ids.get(first)).not.toBe(ids.get(second));
    expect(await readTopicIds(asking, [first], { topic: second, partition: 0 }, RUNNING)).toEqual(
      new Map([[first, ids.get(first)]]),
    );
  });
});

describeWithKafka('an input topic that is deleted and made anew', () => {
  const { cluster } = givenCluster();
  let run: GivenRun;
  let admin: Admin;

  beforeEach(async () => {
    run = new GivenRun(testBroker().brokers);
    await run.createTopics();
    admin = new Kafka({ brokers: [...testBroker().brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterEach(async () => {
    await admin.disconnect();
    await run.close();
  });

  /** As operators do it who want it empty. Until the broker has heard of it, producers still write to the former one. */
  async function makeAnew(topic: string): Promise<void> {
    const asking = await cluster([run.topics.sessions]);
    const idOf = async () =>
      (await readTopicIds(asking, [topic], { topic: run.topics.sessions, partition: 0 }, RUNNING)).get(topic);
    const former = await idOf();
    await admin.deleteTopics({ topics: [topic] });
    const create = () => admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: false });
    await expect.poll(create, PATIENCE).toBe(true);
    await expect.poll(idOf, PATIENCE).toSatisfy((id) => id !== undefined && id !== former);
  }

  /** The longest partition, as far as its transactions are closed: that takes a moment. */
  async function highest(topic: string): Promise<number> {
    return Math.max(...(await admin.fetchTopicOffsets(topic)).map(({ high }) => Number(high)));
  }

  /** Runs a processor until so many records are settled, and stops it. */
  async function judged(records: number): Promise<void> {
    const { child, ended } = run.start('a');
    await run.settled(records);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
  }

  /** Starts a processor, which is refused, and gives the command that it names, once a partition. */
  async function repairAll(): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { code, err } = await run.start('a').ended;
      expect(code, err).toBe(2);
      const [, words = ''] = COMMAND.exec(err) ?? [];
      expect(words, err).not.toBe('');
      const repaired = await tollgate(...words.split(' '), '-c', run.config('repair'));
      expect([repaired.code, repaired.err]).toEqual([0, '']);
      expect(repaired.out).toContain('was deleted and made anew');
    }
  }

  it('while nobody runs is refused with the command, after which all of it is judged', async () => {
    const [topic = ''] = run.topics.events;
    const before = await run.produce(100);
    await judged(before);
    const old = await highest(topic);
    await makeAnew(topic);
    const after = await run.produce(600);
    await expect.poll(() => highest(topic), PATIENCE).toBeGreaterThan(old);

    await repairAll();
    await judged(before + after);
  });

  it.each([
    { when: 'while a process reads it', pause: undefined, goOn: undefined },
    { when: 'and outgrows the former one while the process stands still', pause: 'SIGSTOP', goOn: 'SIGCONT' },
  ] as const)('$when: ends that process with the same words', async ({ pause, goOn }) => {
    const [topic = ''] = run.topics.events;
    const { child, ended } = run.start('a');
    await run.settled(await run.produce(100));
    const old = await highest(topic);
    if (pause !== undefined) child.kill(pause);
    await makeAnew(topic);
    await run.produce(600);
    await expect.poll(() => highest(topic), PATIENCE).toBeGreaterThan(old);
    if (goOn !== undefined) child.kill(goOn);
    const { code, err } = await ended;
    expect(code).toBe(2);
    expect(err).toContain('the topic was deleted and made anew');
    expect(err).toMatch(COMMAND);
  });
});
