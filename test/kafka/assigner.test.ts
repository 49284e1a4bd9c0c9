import type { Cluster, PartitionMetadata } from 'kafkajs';
import { AssignerProtocol } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { type Claim, coPartitioned } from '../../src/kafka/assigner.ts';

const { MemberMetadata, MemberAssignment } = AssignerProtocol;

/** A member of a group: which topics it reads, and what it says of itself. */
interface Joining {
  readonly memberId: string;
  readonly topics: readonly string[];
  readonly instanceId?: string;
  readonly generationId?: number;
  readonly partitions?: readonly number[];
}

/** What the leader of a group, who reads topics with these partition counts, gives to each member. */
async function assign(counts: Readonly<Record<string, number>>, members: readonly Joining[]) {
  const findTopicPartitionMetadata = (topic: string) => Array<PartitionMetadata>(counts[topic] ?? 0);
  const cluster = { findTopicPartitionMetadata } as unknown as Cluster;
  const of = (claim: Claim) => coPartitioned(() => claim)({ cluster, groupId: 'g', logger: undefined as never });
  const joining = members.map(({ memberId, topics, instanceId = memberId, generationId = -1, partitions = [] }) => {
    const { metadata } = of({ instanceId, generationId, partitions }).protocol({ topics: [...topics] });
    return { memberId, memberMetadata: metadata };
  });
  const given = await of({ instanceId: 'leader', generationId: -1, partitions: [] }).assign({
    members: joining,
    topics: Object.keys(counts),
  });
  return Object.fromEntries(
    given.map(({ memberId, memberAssignment }) => [memberId, MemberAssignment.decode(memberAssignment)?.assignment]),
  );
}

describe('the assigner', () => {
  it('gives the same partition numbers of all topics', async () => {
    const given = await assign({ calls: 2, control: 2 }, [{ memberId: 'm', topics: ['calls', 'control'] }]);
    expect(given).toEqual({ m: { calls: [0, 1], control: [0, 1] } });
  });

  it('refuses topics that no longer have one count, and says which', async () => {
    const refused = expect(assign({ calls: 3, control: 2 }, [])).rejects;
    await refused.toMatchObject({ code: 'topology_invalid', message: expect.stringContaining('calls 3, control 2') });
  });

  it('gives a member that has no share all topics, with no partitions', async () => {
    const given = await assign({ calls: 1 }, [
      { memberId: 'a', topics: ['calls'] },
      { memberId: 'b', topics: ['calls'] },
    ]);
    expect(Object.values(given)).toEqual(expect.arrayContaining([{ calls: [0] }, { calls: [] }]));
  });

  it('gives a member that reads other topics nothing, and its share to the others', async () => {
    const given = await assign({ calls: 2, control: 2 }, [
      { memberId: 'stranger', topics: ['others', 'control'], generationId: 9, partitions: [0, 1] },
      { memberId: 'ours', topics: ['control', 'calls'] },
    ]);
    expect(given).toEqual({ stranger: {}, ours: { calls: [0, 1], control: [0, 1] } });
  });

  it('gives of two members with one instance id only the one its share that held partitions last', async () => {
    const topics = ['calls'];
    const given = await assign({ calls: 2 }, [
      { memberId: 'a-newcomer', topics, instanceId: 'tollgate-0' },
      { memberId: 'b-holder', topics, instanceId: 'tollgate-0', generationId: 4, partitions: [0, 1] },
    ]);
    expect(given).toEqual({ 'a-newcomer': {}, 'b-holder': { calls: [0, 1] } });
  });

  it('takes a member whose claim it cannot read for a newcomer', async () => {
    const findTopicPartitionMetadata = () => Array<PartitionMetadata>(1);
    const cluster = { findTopicPartitionMetadata } as unknown as Cluster;
    const claim = { instanceId: 'leader', generationId: -1, partitions: [] };
    const assigner = coPartitioned(() => claim)({ cluster, groupId: 'g', logger: undefined as never });
    const memberMetadata = MemberMetadata.encode({ version: 1, topics: ['calls'], userData: Buffer.from([1, 2]) });
    const [given] = await assigner.assign({ members: [{ memberId: 'm', memberMetadata }], topics: ['calls'] });
    expect(MemberAssignment.decode(given?.memberAssignment ?? Buffer.alloc(0))?.assignment).toEqual({ calls: [0] });
  });
});
