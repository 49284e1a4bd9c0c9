import { expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { formatTopologyProblem } from '../../src/kafka/topology/problems.ts';
import { checkTopology, createTopology, inspectTopology } from '../../src/kafka/topology/topology.ts';
import { describeWithKafka } from './given-broker.ts';
import { makeTopic, settingOf, testKafka, testReach, uniqueSettings } from './topics-fixture.ts';

type Settings = ReturnType<typeof uniqueSettings>;

const NEVER = new AbortController().signal;

function create(settings: Settings, isDryRun = false) {
  return createTopology(testKafka(), settings, testReach(), NEVER, isDryRun);
}

function check(settings: Settings) {
  return checkTopology(testKafka(), settings, testReach(), NEVER);
}

async function errorsOf(settings: Settings): Promise<readonly string[]> {
  const { problems } = await inspectTopology(testKafka(), settings, testReach(), NEVER);
  return problems.filter(({ severity }) => severity === 'error').map(formatTopologyProblem);
}

async function refusalOf(promise: Promise<unknown>): Promise<TollgateError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof TollgateError)) throw new Error('expected a TollgateError', { cause: thrown });
  return thrown;
}

describeWithKafka('topics that `create` made', () => {
  it('are right, and are left alone the second time', async () => {
    const settings = uniqueSettings();
    const first = await create(settings);
    expect(first.changes.map(({ kind }) => kind)).toEqual(Array.from({ length: 7 }, () => 'create'));
    const { partitions, maxMessageBytes, warnings } = await check(settings);
    expect(partitions).toBe(3);
    expect(maxMessageBytes.get(settings.topics.audit)).toBe(1_048_588);
    for (const { message } of warnings) expect(message).toMatch(/replication factor/);
    expect((await create(settings)).changes).toEqual([]);
  });

  it('are only told of in a dry run', async () => {
    const settings = uniqueSettings();
    const { changes } = await create(settings, true);
    expect(changes).toHaveLength(7);
    expect(await errorsOf(settings)).toEqual([
      expect.stringContaining(`${settings.topics.decisions}, ${settings.topics.audit}`),
    ]);
  });

  it('have as many partitions as the input that was there', async () => {
    const settings = uniqueSettings();
    await makeTopic({ topic: settings.topics.events[0] ?? '', numPartitions: 5 });
    await create(settings);
    expect((await check(settings)).partitions).toBe(5);
  });

  it('are what several makers agree on at once', async () => {
    const settings = uniqueSettings();
    await Promise.all([create(settings), create(settings), create(settings)]);
    expect((await check(settings)).partitions).toBe(3);
  });
});

describeWithKafka('topics that somebody else made', () => {
  it('get a compacted changelog, and keep their other settings', async () => {
    const settings = uniqueSettings();
    const topic = settings.topics.sessions;
    const configEntries = [{ name: 'retention.ms', value: '777600000' }];
    await makeTopic({ topic, numPartitions: 3, configEntries });
    await makeTopic({
      topic: settings.topics.audit,
      numPartitions: 3,
      configEntries: [...configEntries, { name: 'max.message.bytes', value: '2000' }],
    });
    const told = await errorsOf(settings);
    expect(told).toContain(`${topic}: has cleanup.policy=delete: live sessions would be forgotten`);
    expect(told.join()).toContain(`${settings.topics.audit}: has max.message.bytes=2000`);

    await create(settings);
    expect(await errorsOf(settings)).toEqual([]);
    expect(await settingOf(topic, 'cleanup.policy')).toBe('compact');
    expect(await settingOf(topic, 'retention.ms')).toBe('777600000');
    expect(await settingOf(settings.topics.audit, 'retention.ms')).toBe('777600000');
    expect(await settingOf(settings.topics.audit, 'max.message.bytes')).toBe('720896');
    expect((await create(settings)).changes).toEqual([]);
  });

  it('keep a partition count that does not fit, and the error says so', async () => {
    const settings = uniqueSettings();
    const { audit, events } = settings.topics;
    await makeTopic({ topic: audit, numPartitions: 2 });
    await makeTopic({ topic: events[0] ?? '', numPartitions: 4 });
    await create(settings);
    expect(await errorsOf(settings)).toEqual([`${audit}: has 2 partitions, and ${events[0]} has 4`]);
    const refusal = await refusalOf(check(settings));
    expect(refusal).toMatchObject({ code: 'topology_invalid' });
    expect(refusal.message).toContain(audit);
    expect(refusal.next).toContain('name another topic, made with 4 partitions');
  });

  it('may not be compacted when they hold decisions', async () => {
    const settings = uniqueSettings();
    const topic = settings.topics.decisions;
    await makeTopic({ topic, numPartitions: 3, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] });
    await create(settings);
    expect(await settingOf(topic, 'cleanup.policy')).toBe('compact');
    expect(await errorsOf(settings)).toEqual([
      `${topic}: has cleanup.policy=compact: of each session only the last record would stay`,
    ]);
  });
});

describeWithKafka('brokers', () => {
  it('that cannot hold so many copies are quoted', async () => {
    const settings = uniqueSettings({ replicationFactor: 64 });
    const refusal = await refusalOf(create(settings));
    expect(refusal.code).toBe('topology_invalid');
    expect(refusal.message).toContain(`cannot create topic ${settings.topics.events[0]}`);
    expect(refusal.next).toContain('topics.replicationFactor');
  });

  it('that nobody is at are named', async () => {
    const reach = { brokers: ['127.0.0.1:1'], connectTimeoutMs: 300 };
    const { Kafka, logLevel } = await import('kafkajs');
    const kafka = new Kafka({ brokers: reach.brokers as string[], logLevel: logLevel.NOTHING });
    const refusal = await refusalOf(checkTopology(kafka, uniqueSettings(), reach, NEVER));
    expect(refusal).toMatchObject({ code: 'broker_unreachable', where: '127.0.0.1:1 (ECONNREFUSED)', retryable: true });
  });

  it('are not waited for when the signal aborts', async () => {
    const stop = new AbortController();
    stop.abort();
    const refusal = await refusalOf(checkTopology(testKafka(), uniqueSettings(), testReach(), stop.signal));
    expect(refusal.code).toBe('aborted');
  });
});
