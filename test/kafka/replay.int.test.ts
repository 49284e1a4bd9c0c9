import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryDirectory } from '../files/temporary-directory.ts';
import { describeWithKafka, testBroker } from './given-broker.ts';
import { outsideReader } from './outside/reader.ts';
import { GivenRun } from './proof/given-run.ts';
import { type Ended, testKafka, tollgate } from './topics-fixture.ts';

const COUNT = 6000;
const PARTITIONS = [0, 1, 2, 3];

/** A live run over two events topics and control, stopped once in the middle, with transactional producers beside it. */
describeWithKafka('tollgate replay kafka:TOPIC', () => {
  const run = new GivenRun(testBroker().brokers);
  const { events, control, decisions, audit } = run.topics;
  const source = `kafka:${events.join(',')}`;
  let decided: ReadonlyMap<number, readonly string[]>;

  beforeAll(async () => {
    await run.createTopics();
    const producing = run.produce(COUNT, { eventsPerSecond: 3000, controlShare: 0.1, sessions: 40 });
    const first = run.start('one');
    await run.settledMore(500, COUNT);
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    const second = run.start('one');
    await run.settled(await producing);
    second.child.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
    const reader = outsideReader(testBroker().brokers);
    decided = new Map(
      await Promise.all(
        PARTITIONS.map(async (partition) => {
          const records = await reader.read(decisions, partition);
          return [partition, records.map(({ value }) => String(value))] as const;
        }),
      ),
    );
  });

  afterAll(() => run.close());

  function replay(...args: readonly string[]): Promise<Ended> {
    return tollgate('replay', '-c', run.config('replay'), '--tolerate-bad', ...args);
  }

  function linesOf(text: string): readonly string[] {
    return text.split('\n').slice(0, -1);
  }

  it('gives the bytes that the live run decided, partition by partition', async () => {
    for (const partition of PARTITIONS) {
      const { code, out, err } = await replay(source, '--partitions', String(partition));
      expect([code, err]).toEqual([0, expect.stringContaining(`the order of topics is that of ${audit}`)]);
      expect(err).not.toMatch(/merged|partial|left out/);
      expect(linesOf(out)).toEqual(decided.get(partition));
    }
  });

  it('gives all partitions at once, in the same order every time', async () => {
    const again = await Promise.all([replay(source), replay(`${source},${control}`)]);
    expect(again.map(({ code }) => code)).toEqual([0, 0]);
    expect(again[0]?.out).toBe(again[1]?.out);
    const lines = linesOf(again[0]?.out ?? '');
    expect([...lines].sort()).toEqual([...decided.values()].flat().sort());
  });

  it('prints what was asked for, and puts the rest where it was told', async () => {
    const directory = temporaryDirectory();
    const [out, letters] = [join(directory, 'out.ndjson'), join(directory, 'bad.ndjson')];
    const asked = ['--session', 'load1-session-1', '--out', out, '--dead-letter', letters];
    const { code, out: printed } = await replay(source, ...asked);
    expect([code, printed]).toEqual([0, '']);
    const own = [...decided.values()].flat().filter((text) => text.includes('"session_id":"load1-session-1"'));
    expect(linesOf(readFileSync(out, 'utf8'))).toEqual(own);
    expect(own.length).toBeGreaterThan(0);
    expect(linesOf(readFileSync(letters, 'utf8')).length).toBeGreaterThan(0);
  });

  it('ends with 3 when records could not be read, and names the place of each', async () => {
    const { code, err } = await tollgate('replay', '-c', run.config('replay'), source);
    expect(code).toBe(3);
    expect(err).toMatch(new RegExp(`^(?:${events.join('|')})/\\d/\\d+: [a-z_]+: `, 'm'));
    expect(err).toMatch(/\d+ records could not be read as events/);
  });

  it('says which events topics it leaves out, and leaves out control when told to', async () => {
    const { err } = await replay(`kafka:${events[0]}`, '--no-control');
    expect(err).toContain(`left out, though a live run judges it too: ${events[1]}`);
    expect(err).not.toContain('the order of');
  });

  it('merges by time where there is no audit topic, and says so', async () => {
    const config = join(temporaryDirectory(), 'tollgate.yaml');
    writeFileSync(config, readFileSync(run.config('replay'), 'utf8').replace(audit, 'nothing-here'));
    const { code, out, err } = await tollgate('replay', '-c', config, '--tolerate-bad', source);
    expect(code).toBe(0);
    // Another order: else the live run's bytes would be no proof that its order was followed.
    expect(out).not.toBe((await replay(source)).out);
    expect(err).toContain('there is no audit topic: the topics are merged by occurred_at, topic and offset');
    expect(err).toMatch(/^\d+ records were merged by occurred_at, topic and offset$/m);
  });

  it('takes recorded verdicts from a topic or a file', async () => {
    const given = await replay(source, '--recorded', `kafka:${decisions}`, '--partitions', '1');
    expect(given.err).toContain(`time limits that were hit are taken from ${decisions}`);
    expect(linesOf(given.out)).toEqual(decided.get(1));
    const missing = await replay(source, '--recorded', 'kafka:nothing-here');
    expect([missing.code, missing.err]).toEqual([3, expect.stringContaining('the topic does not exist')]);
  });

  it.each([
    ['kafka:nothing-here', 3, 'the topic does not exist'],
    ['kafka:a/b', 2, 'is no name of a topic'],
  ])('refuses %s with %i', async (wrong, expected, message) => {
    const { code, err } = await replay(wrong);
    expect([code, err]).toEqual([expected, expect.stringContaining(message)]);
  });

  it('refuses a partition that is not there', async () => {
    const { code, err } = await replay(source, '--partitions', '1,4');
    expect([code, err]).toEqual([2, expect.stringContaining('there is no partition 4')]);
  });

  // Last: it deletes records.
  it('says which sessions are partial when the beginning is gone', async () => {
    const [topic = ''] = events;
    const admin = testKafka().admin();
    await admin.connect();
    // kafkajs deletes only where it knows the leaders.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 2, offset: '100' }] });
    await admin.disconnect();
    const { code, err } = await replay(source);
    expect(code).toBe(0);
    expect(err).toContain(`sessions that began earlier are partial: ${topic}/2 begins at 100`);
    expect(err).toMatch(new RegExp(`\\d+ records that ${audit} names are gone`));
  });
});
