import { expect, it } from 'vitest';
import type { Member } from '../../src/kafka/membership.ts';
import { describeWithKafka, uniqueName } from './given-broker.ts';
import { givenCluster, type JoinedMember } from './given-cluster.ts';

const ALL = [0, 1, 2, 3];
const holds = (count: number) => (last: Member | 'lost' | undefined) =>
  last !== undefined && last !== 'lost' && last.partitions.length === count;

describeWithKafka('membership of a group', () => {
  const { topics, member } = givenCluster();

  async function aGroup() {
    const [groupId, calls, control] = [uniqueName('group'), uniqueName('calls'), uniqueName('control')];
    await topics(4, [calls, control]);
    return { join: () => member(groupId, [calls, control]) };
  }

  it('gives the first member everything, under a generation and an epoch', async () => {
    const { join } = await aGroup();
    const first = await join();
    await first.until(holds(4));
    expect(first.told).toMatchObject([{ epoch: 1, partitions: ALL }]);
    const [own] = first.told as Member[];
    expect(own?.generationId).toBeGreaterThan(0);
    expect(own?.memberId).not.toBe('');
    expect(first.membership.memberOf(1)).toBe(own);
    expect(first.membership.memberOf(2)).toBeUndefined();
  });

  it('has a new epoch and generation at each join, keeps what it held, and knows the old epoch no longer', async () => {
    const { join } = await aGroup();
    const first = await join();
    await first.until(holds(4));
    const second = await join();
    await Promise.all([first.until(holds(2)), second.until(holds(2))]);
    const [before] = first.told as Member[];
    const kept = first.told.at(-1) as Member;
    const given = second.told.at(-1) as Member;
    expect([...kept.partitions, ...given.partitions].sort()).toEqual(ALL);
    expect(kept.epoch).toBeGreaterThan(1);
    expect(kept.generationId).toBe(given.generationId);
    expect(kept.generationId).toBeGreaterThan(before?.generationId ?? Number.POSITIVE_INFINITY);
    expect(first.membership.memberOf(1)).toBeUndefined();
    await second.membership.close();
    await first.until(holds(4));
    const back = first.told.at(-1) as Member;
    expect(back.generationId).toBeGreaterThan(kept.generationId);
  });

  it('leaves what members hold where it is when one comes and goes', async () => {
    const { join } = await aGroup();
    const members = [await join(), await join()];
    await Promise.all(members.map((one) => one.until(holds(2))));
    const held = members.map((one) => (one.told.at(-1) as Member).partitions);
    const third = await join();
    await third.until(holds(1));
    await third.membership.close();
    await Promise.all(members.map((one) => one.until((last, told) => told.length > 2 && holds(2)(last))));
    const after = members.map((one) => (one.told.at(-1) as Member).partitions);
    expect(after.flat().sort()).toEqual(ALL);
    const stayed = after.map((now, i) => now.filter((partition) => held[i]?.includes(partition)).length);
    expect(stayed.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(3);
  });

  it('tells once that it is lost, and of the present epoch only', async () => {
    const { join } = await aGroup();
    const first = await join();
    await first.until(holds(4));
    const own = first.told[0] as Member;
    first.membership.lost({ ...own, epoch: own.epoch - 1 });
    expect(first.told).toHaveLength(1);
    first.membership.lost(own);
    first.membership.lost(own);
    expect(first.told.slice(1)).toEqual(['lost']);
    expect(first.membership.memberOf(own.epoch)).toBeUndefined();
  });

  it('joins again after it lost its membership, when the group changes', async () => {
    const { join } = await aGroup();
    const first = await join();
    await first.until(holds(4));
    first.membership.lost(first.told[0] as Member);
    const second = await join();
    await first.until(holds(2));
    expect((first.told.at(-1) as Member).epoch).toBeGreaterThan(1);
    await second.until(holds(2));
  });

  it.each([
    { name: 'reads other topics', twin: false },
    { name: 'has the instance id of another', twin: true },
  ])('gives a process that $name nothing, says so there, and leaves the other what it holds', async ({ twin }) => {
    const [groupId, calls, others] = [uniqueName('group'), uniqueName('calls'), uniqueName('others')];
    await topics(1, [calls, others]);
    const first = await member(groupId, [calls], { instanceId: 'one' });
    await first.until(holds(1));
    let second: JoinedMember | undefined;
    const said = await new Promise((resolve) => {
      const none = () => undefined;
      const logger = { debug: none, info: none, warn: none, error: (_fields: object, text: string) => resolve(text) };
      const options = { logger, instanceId: twin ? 'one' : 'two' };
      void member(groupId, [twin ? calls : others], options).then((joined) => {
        second = joined;
      });
    });
    expect(said).toMatch(/given nothing/);
    await first.until((_last, told) => told.length === 2);
    expect(first.told.at(-1)).toMatchObject({ partitions: [0] });
    await first.membership.close();
    expect(second?.told ?? []).toEqual([]);
  });

  it('says nothing of a process that merely gets no share', async () => {
    const [groupId, calls] = [uniqueName('group'), uniqueName('calls')];
    await topics(1, [calls]);
    const errors: string[] = [];
    const none = () => undefined;
    const logger = { debug: none, info: none, warn: none, error: (_fields: object, text: string) => errors.push(text) };
    const first = await member(groupId, [calls]);
    await first.until(holds(1));
    const idle = await member(groupId, [calls], { logger });
    await idle.until(holds(0));
    expect(errors).toEqual([]);
  });

  it('tells a later listener what is held already', async () => {
    const { join } = await aGroup();
    const first = await join();
    await first.until(holds(4));
    first.membership.silence();
    const heard: Member[] = [];
    await first.membership.open({ joined: (own) => heard.push(own), lost: () => undefined });
    expect(heard).toEqual(first.told);
  });
});
