import { expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { readGroupOffsets, refuseContradiction } from '../../src/kafka/group-offsets.ts';
import { KnownTopics } from '../../src/kafka/known-topics.ts';
import { KafkaLog } from '../../src/kafka/log.ts';
import type { Member } from '../../src/kafka/membership.ts';
import { META_KEY } from '../../src/kafka/meta-record.ts';
import { OutputHeaders, PLAIN_FORM } from '../../src/kafka/output-headers.ts';
import type { PartitionMeta, Positions } from '../../src/pipeline/ports.ts';
import { sampleChanges } from '../contract/sample-changes.ts';
import { describeWithKafka, uniqueName } from './given-broker.ts';
import { givenCluster } from './given-cluster.ts';

const RUNNING = new AbortController().signal;
/** The topic that sample changes name as their input. */
const INPUT = 'events.ndjson';
const none = (): void => undefined;
const SILENT = { debug: none, info: none, warn: none, error: none };

describeWithKafka('the group’s offsets beside the meta record', () => {
  const { topics, cluster, member, setOffset, append } = givenCluster();

  /** A log whose group has one member, which leaves when it is told to: offsets of a live group cannot be set. */
  async function aLog() {
    const groupId = uniqueName('group');
    const outputs = {
      decisions: uniqueName('decisions'),
      audit: uniqueName('audit'),
      deadLetter: uniqueName('dead'),
      sessions: uniqueName('sessions'),
    };
    await topics(4, [INPUT]);
    await topics(2, [outputs.decisions, outputs.audit, outputs.deadLetter], [outputs.sessions]);
    const names = [INPUT, ...Object.values(outputs)];
    const [own, readers] = [await cluster(names), await cluster(names)];
    const joined = await member(groupId, [INPUT]);
    const log = new KafkaLog({
      cluster: own,
      readers,
      members: { memberOf: () => joined.told.at(-1) as Member, current: undefined, lost: none },
      starts: { complete: async (_partition, positions) => positions },
      knownTopics: new KnownTopics([INPUT]),
      transaction: { transactionalName: groupId, groupId, transactionTimeoutMs: 10_000, compression: 'none' },
      plan: {
        topics: outputs,
        headers: new OutputHeaders(PLAIN_FORM),
        inputTopics: new Set([INPUT]),
        maxBatchBytes: new Map(),
        topicIds: () => new Map(),
      },
      logger: SILENT,
      nowMs: Date.now,
      onReset: none,
      onCommitted: none,
    });
    const place = { groupId, topics: [INPUT], partition: 0 };
    return { log, place, cluster: readers, sessions: outputs.sessions, leave: () => joined.membership.close() };
  }

  const restore = (log: KafkaLog): Promise<PartitionMeta | undefined> => log.restore(0, none, RUNNING);

  it('are committed by the transaction of the meta record, and say the same', async () => {
    const { log, place, cluster: own } = await aLog();
    const change = sampleChanges({ step: 1, events: ['a'] });
    await log.commit([change], RUNNING);
    const meta = await restore(log);
    expect(meta?.positions).toEqual(change.meta.positions);
    expect(await readGroupOffsets(own, place)).toEqual(change.meta.positions);
  });

  it('never contradict right after a commit, however stale what the coordinator first answers', async () => {
    const { log } = await aLog();
    for (let step = 1; step <= 20; step++) {
      const change = sampleChanges({ step, events: ['a'] });
      await log.commit([change], RUNNING);
      expect((await restore(log))?.positions).toEqual(change.meta.positions);
    }
  });

  it('are absent for a partition of which nothing was committed', async () => {
    const { log, place, cluster: own } = await aLog();
    await log.commit([sampleChanges({ step: 1, events: ['a'] })], RUNNING);
    const other = { ...place, partition: 1 };
    expect(await readGroupOffsets(own, other)).toEqual(new Map());
    await expect(refuseContradiction(own, other, undefined, RUNNING)).resolves.toBeUndefined();
  });

  it('may be gone, as brokers drop those of groups that were away', async () => {
    const { cluster: own, place } = await aLog();
    const never = { ...place, groupId: uniqueName('another') };
    await expect(refuseContradiction(own, never, new Map([[INPUT, 7]]), RUNNING)).resolves.toBeUndefined();
  });

  it.each([
    { name: 'back', offset: 3 },
    { name: 'on', offset: 5_000 },
  ])('are refused, with the command that repairs it, when somebody moved them $name', async ({ offset }) => {
    const { log, place, leave } = await aLog();
    await log.commit([sampleChanges({ step: 1, events: ['a'] })], RUNNING);
    await leave();
    await setOffset(place.groupId, INPUT, 0, offset);
    const error = await restore(log).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TollgateError);
    expect(error).toMatchObject({ code: 'position_contradicts', retryable: false });
    expect((error as TollgateError).message).toContain('1999');
    expect((error as TollgateError).next).toMatch(/stop all processes of the group, then: \S+/);
  });

  it('are refused when no session state was committed with them', async () => {
    const { log, place, leave } = await aLog();
    await leave();
    await setOffset(place.groupId, INPUT, 0, 5);
    const error = await restore(log).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'position_contradicts', retryable: false });
    expect((error as TollgateError).message).toContain('no session state was committed with');
    expect((error as TollgateError).next).toContain(`--group ${place.groupId}`);
  });

  it('do not contradict when another process goes on committing meanwhile: what was read is old, and is read again', async () => {
    const { log, place, leave, sessions } = await aLog();
    await log.commit([sampleChanges({ step: 1, events: ['a'] })], RUNNING);
    await leave();
    await setOffset(place.groupId, INPUT, 0, 5_000);
    const restored = restore(log).catch((thrown: unknown) => thrown);
    // Falls behind the high watermark that the restore began with, as what the partition's new owner commits does.
    await untilRead(place.groupId);
    await append(sessions, [{ key: 'of another owner', value: null, partition: 0 }]);
    expect(await restored).toMatchObject({ code: 'commit_failed', retryable: true });
  });

  /** The restore compares for seconds; by the time another client has asked the coordinator the changelog was read. */
  async function untilRead(groupId: string): Promise<Positions> {
    const other = await cluster([INPUT]);
    return readGroupOffsets(other, { groupId, topics: [INPUT], partition: 0 });
  }

  it('keep a meta record that cannot be read from being passed over', async () => {
    const { log, sessions } = await aLog();
    await append(sessions, [{ key: META_KEY as unknown as string, value: '{"v":99}', partition: 0 }]);
    await expect(restore(log)).rejects.toMatchObject({ code: 'position_contradicts', where: `${sessions}/0` });
  });
});
