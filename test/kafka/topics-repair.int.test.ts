import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KafkaBroker, openCluster } from '../../src/kafka/kafkajs.ts';
import { Membership } from '../../src/kafka/membership.ts';
import { repairPosition } from '../../src/kafka/topology/repair-position.ts';
import { createLogger } from '../../src/ops/log.ts';
import { describeWithKafka, testBroker } from './given-broker.ts';
import { reportText, type ViolationKind } from './outside/violation.ts';
import { GivenRun } from './proof/given-run.ts';
import { type Ended, testReach, tollgate } from './topics-fixture.ts';
import { settingsOf } from './topology-fixture.ts';

const PARTITION = 1;
/** What must be sound also when records are gone that were judged: the rest needs the input. */
const WITHOUT_INPUT: readonly ViolationKind[] = [
  'chain_broken',
  'audit_differs',
  'doubled',
  'reordered',
  'position_wrong',
  'hanging_transaction',
];

/** kafkajs's own way, which nothing but these tests uses. */
interface OffsetCommits {
  offsetCommit(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
    readonly topics: readonly object[];
  }): Promise<unknown>;
}

/** A client to whom a group looks as it is, and who is joined right afterwards. */
function joinedAfterLook(kafka: Kafka, join: () => Promise<void>): Kafka {
  const admin = kafka.admin();
  const describeGroups: Admin['describeGroups'] = async (ids) => {
    const described = await admin.describeGroups(ids);
    await join();
    return described;
  };
  const looking = new Proxy(admin, {
    get: (of, name) => (name === 'describeGroups' ? describeGroups : Reflect.get(of, name)),
  });
  return new Proxy(kafka, { get: (of, name) => (name === 'admin' ? () => looking : Reflect.get(of, name)) });
}

describeWithKafka('tollgate topics repair', () => {
  const kafka = new Kafka({ brokers: [...testBroker().brokers], logLevel: logLevel.NOTHING });
  let run: GivenRun;
  let admin: Admin;

  beforeEach(async () => {
    run = new GivenRun(testBroker().brokers);
    await run.createTopics();
    admin = kafka.admin();
    await admin.connect();
  });
  afterEach(async () => {
    await admin.disconnect();
    await run.close();
  });

  const repair = (...args: readonly string[]) =>
    tollgate('topics', 'repair', '-c', run.config('repair'), '--partition', String(PARTITION), ...args);

  /** Gives the command that a message names, as it stands there. */
  function given(message: string, end: RegExp): Promise<Ended> {
    const [, words = ''] = end.exec(message) ?? [];
    expect(words, message).not.toBe('');
    return tollgate(...words.split(' '), '-c', run.config('repair'));
  }

  /** Runs a processor until so many records are settled, and stops it. */
  async function judged(records: number): Promise<void> {
    const { child, ended } = run.start('a');
    await run.settled(records);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
  }

  async function positionOf(topic: string): Promise<number> {
    const [offsets] = await admin.fetchOffsets({ groupId: run.groupId, topics: [topic] });
    return Number(offsets?.partitions.find(({ partition }) => partition === PARTITION)?.offset);
  }

  async function rangeOf(topic: string): Promise<{ readonly low: number; readonly high: number }> {
    const offsets = await admin.fetchTopicOffsets(topic);
    const { low = '', high = '' } = offsets.find(({ partition }) => partition === PARTITION) ?? {};
    return { low: Number(low), high: Number(high) };
  }

  /** As `kafka-consumer-groups --reset-offsets` does it: as nobody, to a group without members. */
  async function moveGroupOffset(topic: string, offset: number): Promise<void> {
    const cluster = await openCluster(kafka);
    const { groupId } = run;
    const coordinator = (await cluster.findGroupCoordinator({ groupId })) as KafkaBroker & OffsetCommits;
    const topics = [{ topic, partitions: [{ partition: PARTITION, offset: String(offset) }] }];
    await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', topics });
    await cluster.disconnect();
  }

  it('lets a run go on that retention has overtaken, and keeps the audit chain', async () => {
    const [topic = ''] = run.topics.events;
    const before = await run.produce(120);
    await judged(before);
    const position = await positionOf(topic);
    await run.produce(400);
    // kafkajs deletes records only of topics whose offsets it has asked for.
    const { high } = await rangeOf(topic);
    const first = Math.floor((position + high) / 2);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: PARTITION, offset: String(first) }] });

    const refused = await run.start('a').ended;
    expect(refused.code).toBe(2);
    const command = /: tollgate (topics repair --topic \S+ --partition \d+ --to earliest);/;
    expect(refused.err).toContain(`topics repair --topic ${topic} --partition ${PARTITION} --to earliest`);

    const planned = await repair('--topic', topic, '--to', 'earliest', '--dry-run');
    expect([planned.code, planned.err]).toEqual([0, '']);
    expect(planned.out).toContain('nothing was changed; this would be');
    expect(await positionOf(topic)).toBe(position);

    const repaired = await given(refused.err, command);
    expect([repaired.code, repaired.err]).toEqual([0, '']);
    expect(repaired.out).toContain('changed, in one transaction');
    expect(repaired.out).toContain(`offsets ${position} to ${first - 1} of ${topic} will never be judged`);
    expect(await positionOf(topic)).toBe(first);

    const again = await given(refused.err, command);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('nothing to do')]);

    const { counts } = await run.check();
    await judged(before + counts.waiting);
    const report = await run.check();
    const found = report.violations.filter(({ kind }) => WITHOUT_INPUT.includes(kind));
    expect([...found, report.further], reportText(report)).toEqual([0]);
    expect(report.counts.waiting).toBe(0);
  });

  it('brings a group offset that somebody moved back to where the session state stands', async () => {
    const [topic = '', other = ''] = run.topics.events;
    const before = await run.produce(300);
    await judged(before);
    const positions = [await positionOf(topic), await positionOf(other)];
    await moveGroupOffset(topic, 1);
    await moveGroupOffset(other, 2);

    const refused = await run.start('a').ended;
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(`topics repair --partition ${PARTITION} --to meta`);
    const repaired = await given(refused.err, /: tollgate (topics repair --partition \d+ --to meta);/);
    expect([repaired.code, repaired.err]).toEqual([0, '']);
    expect([await positionOf(topic), await positionOf(other)]).toEqual(positions);

    await judged(before + (await run.produce(100)));
    const report = await run.check();
    expect(report.violations, reportText(report)).toEqual([]);
  });

  it('moves the session state to a group offset that was moved on purpose', async () => {
    const [topic = ''] = run.topics.events;
    await judged(await run.produce(300));
    const { high } = await rangeOf(topic);
    await run.produce(100);
    await moveGroupOffset(topic, high + 1);
    const refused = await run.start('a').ended;
    const repaired = await given(refused.err, /: tollgate (topics repair --topic \S+ --partition \d+ --to \d+)/);
    expect([repaired.code, repaired.err]).toEqual([0, '']);
    const report = await run.check();
    expect(report.violations.filter(({ kind }) => kind === 'position_wrong')).toEqual([]);
    expect(await positionOf(topic)).toBe(high + 1);
  });

  it('refuses while a process is in the group, and says which', async () => {
    const [topic = ''] = run.topics.events;
    const { child, ended } = run.start('a');
    await run.settled(await run.produce(50));
    const { code, err } = await repair('--topic', topic, '--to', 'latest');
    child.kill('SIGTERM');
    expect(code).toBe(1);
    expect(err).toMatch(/the group is at work: tollgate at \S+ \(tollgate-\S+\)/);
    expect(await ended).toMatchObject({ code: 0 });
  });

  it('refuses when a process joins the group after it looked', async () => {
    const [topic = ''] = run.topics.events;
    const topics = [...run.topics.events, run.topics.control];
    const pace = { sessionTimeoutMs: 6000, heartbeatIntervalMs: 300, transactionTimeoutMs: 4000 };
    const group = { ...pace, groupId: run.groupId, logger: createLogger('silent') };
    const other = new Membership({ ...group, instanceId: 'other', kafka, topics, onRebalance: () => undefined });
    const repairing = repairPosition(
      {
        ...group,
        kafka: joinedAfterLook(kafka, () => other.open({ joined: () => undefined, lost: () => undefined })),
        compression: 'none',
        reach: testReach(),
        settings: settingsOf({ ...run.topics, partitions: 4 }),
        signal: new AbortController().signal,
      },
      { topic, partition: PARTITION, to: { kind: 'latest' } },
      { isDryRun: false },
    );
    await expect(repairing).rejects.toThrow('another process joined the group at this moment');
    await other.close();
  });

  it('refuses what is not in the topics', async () => {
    const [topic = ''] = run.topics.events;
    await judged(await run.produce(100));
    const { high } = await rangeOf(topic);
    const beyond = await repair('--topic', topic, '--to', String(high + 1));
    expect([beyond.code, beyond.out]).toEqual([2, '']);
    expect(beyond.err).toContain(`offset ${high + 1} is not in the topic, which holds 0 to ${high}`);
    const output = await repair('--topic', run.topics.audit, '--to', 'latest');
    expect([output.code, output.err]).toEqual([2, expect.stringContaining('this is no input topic')]);
    const nowhere = await tollgate(
      ...['topics', 'repair', '-c', run.config('repair'), '--topic', topic, '--partition', '4', '--to', 'latest'],
    );
    expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining('there is no partition 4')]);
  });

  it('guesses nothing where there is no session state', async () => {
    const [topic = ''] = run.topics.events;
    const fresh = await repair('--topic', topic, '--to', 'earliest');
    expect([fresh.code, fresh.err]).toEqual([2, expect.stringContaining('nothing was ever committed')]);
    await run.produce(50);
    await moveGroupOffset(topic, 1);
    const lost = await repair('--to', 'meta');
    expect([lost.code, lost.err]).toEqual([2, expect.stringContaining('the sessions changelog was lost')]);
    expect(lost.err).toContain(`--delete-offsets --group ${run.groupId} --topic ${topic}:${PARTITION}`);
    expect(await positionOf(topic)).toBe(1);
  });
});

describe('flags that make no sense', () => {
  it.each([
    { flags: ['--to', 'earliest'], says: '--to earliest takes the --topic' },
    { flags: ['--topic', 'agent.steps', '--to', 'the end'], says: '--to takes earliest, latest, meta or an offset' },
    { flags: ['--topic', 'agent.steps', '--to', '-5'], says: '--to takes earliest, latest, meta or an offset' },
    { flags: ['--topic', 'agent.steps'], says: "required option '--to <where>' not specified" },
  ])('end with 2: $flags', async ({ flags, says }) => {
    const { code, err } = await tollgate('topics', 'repair', '--partition', '0', ...flags);
    expect([code, err]).toEqual([2, expect.stringContaining(says)]);
  });

  it('end with 2: a partition that is no number', async () => {
    const { code, err } = await tollgate('topics', 'repair', '--partition', 'all', '--to', 'meta');
    expect([code, err]).toEqual([2, expect.stringContaining('--partition takes a number')]);
  });
});
