import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { describeWithKafka, testBroker, uniqueName } from './given-broker.ts';
import { configFile, makeTopic, tollgate, uniqueSettings } from './topics-fixture.ts';

/** Nobody listens there. */
const CLOSED = { brokers: ['127.0.0.1:1'], connectTimeoutMs: 300 };

interface Facts {
  readonly ok: boolean;
  readonly dry_run?: boolean;
  readonly changes?: readonly { readonly kind: string; readonly topic: string }[];
  readonly topics: readonly { readonly name: string; readonly state: string; readonly partitions?: number }[];
  readonly problems: readonly { readonly severity: string; readonly topics: readonly string[] }[];
}

function factsOf(text: string): Facts {
  return JSON.parse(text) as Facts;
}

describeWithKafka('tollgate topics', () => {
  it('says what is missing, makes it, and then finds nothing wrong', async () => {
    const { topics } = uniqueSettings();
    const config = configFile(topics);
    const before = await tollgate('topics', 'check', '-c', config);
    expect(before.code).toBe(1);
    expect(before.out).toContain('does not exist');
    expect(before.err).toContain('next:  run `tollgate topics create`');

    const planned = await tollgate('topics', 'create', '-c', config, '--dry-run');
    expect([planned.code, planned.err]).toEqual([0, '']);
    expect(planned.out).toContain(`would create ${topics.audit}: 3 partitions`);

    const made = await tollgate('topics', 'create', '-c', config);
    expect([made.code, made.err]).toEqual([0, '']);
    expect(made.out).toContain(
      `create ${topics.sessions}: 3 partitions, replication factor default, cleanup.policy=compact`,
    );

    const after = await tollgate('topics', 'check', '-c', config);
    expect([after.code, after.err]).toEqual([0, '']);
    expect(after.out).not.toContain('error');

    const again = await tollgate('topics', 'create', '-c', config);
    expect([again.code, again.out.split('\n')[0]]).toEqual([0, 'nothing to do']);
  });

  it('speaks JSON to machines', async () => {
    const { topics } = uniqueSettings();
    const config = configFile(topics);
    await makeTopic({ topic: topics.audit, numPartitions: 2 });
    await makeTopic({ topic: topics.events[0] ?? '', numPartitions: 4 });
    const made = await tollgate('topics', 'create', '-c', config, '--json');
    expect(made.code).toBe(1);
    const facts = factsOf(made.out);
    expect(facts).toMatchObject({ ok: false, dry_run: false });
    expect(facts.changes?.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'create'));
    const checked = await tollgate('topics', 'check', '-c', config, '--json');
    expect(checked.code).toBe(1);
    const { problems, topics: seen } = factsOf(checked.out);
    expect(problems[0]).toMatchObject({ severity: 'error', topics: [topics.audit] });
    expect(seen.find(({ name }) => name === topics.audit)).toMatchObject({ state: 'present', partitions: 2 });
  });
});

describeWithKafka('tollgate doctor', () => {
  it('ends with 1 when topics are wrong, having looked at everything', async () => {
    const { code, out, err } = await tollgate('doctor', '-c', configFile(uniqueSettings().topics));
    expect(code).toBe(1);
    expect(out).toMatch(/^ok +config/m);
    expect(out).toMatch(/^ok +broker +cluster \S+, \d+ brokers?, by /m);
    expect(out).toMatch(/^failed +topics/m);
    expect(out).toMatch(/^ok +group/m);
    expect(out).toMatch(/^ok +policies +egress \(sha256:/m);
    expect(err).toContain('not all is well: topics');
  });

  it('ends with 0 when all is well, and says how far the group is behind', async () => {
    const { topics } = uniqueSettings();
    const groupId = uniqueName('group');
    const config = configFile(topics, { brokers: testBroker().brokers, groupId });
    await tollgate('topics', 'create', '-c', config);
    const kafka = new Kafka({ brokers: [...testBroker().brokers], logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    const topic = topics.control;
    await producer.send({
      topic,
      messages: [
        { value: 'a', partition: 1 },
        { value: 'b', partition: 1 },
      ],
    });
    await producer.disconnect();
    const admin = kafka.admin();
    await admin.connect();
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 1, offset: '1' }] });
    await admin.disconnect();

    const { code, out, err } = await tollgate('doctor', '-c', config, '--json');
    expect([code, err]).toEqual([0, '']);
    const { ok, checks } = JSON.parse(out) as {
      readonly ok: boolean;
      readonly checks: readonly { readonly check: string; readonly message: string }[];
    };
    expect(ok).toBe(true);
    expect(checks.map(({ check }) => check)).toEqual(['config', 'broker', 'topics', 'group', 'policies']);
    expect(checks[3]?.message).toBe(`${groupId}: empty, 0 processes, 1 record behind`);
  });
});

describe('a broker that is not there', () => {
  it.each(['topics check', 'topics create', 'doctor'])('ends %s with 4', async (command) => {
    const { code, err } = await tollgate(...command.split(' '), '-c', configFile(uniqueSettings().topics, CLOSED));
    expect(code).toBe(4);
    expect(err).toContain(command === 'doctor' ? 'not all is well: broker' : '127.0.0.1:1 (ECONNREFUSED)');
  });

  it('does not keep doctor from looking at the policies', async () => {
    const { out } = await tollgate('doctor', '-c', configFile(uniqueSettings().topics, CLOSED));
    expect(out.split('\n').flatMap((line) => /^(ok|failed|skipped) +\S+/.exec(line)?.[0] ?? [])).toEqual([
      'ok       config',
      'failed   broker',
      'skipped  topics',
      'skipped  group',
      'ok       policies',
    ]);
  });
});

describe('a configuration that is not right', () => {
  it('ends with 2', async () => {
    const config = configFile(uniqueSettings().topics, { brokers: [] });
    const ended = await Promise.all([tollgate('topics', 'check', '-c', config), tollgate('doctor', '-c', config)]);
    expect(ended.map(({ code }) => code)).toEqual([2, 2]);
    expect(ended[0]?.err).toContain('kafka.brokers');
    expect(ended[1]?.out).toContain('kafka.brokers');
  });
});
