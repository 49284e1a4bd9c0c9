import { AssignerProtocol, type Cluster, type GroupMember, type PartitionAssigner } from 'kafkajs';
import { TollgateError } from '../domain/errors.ts';
import { assignPartitions, type GroupMemberClaim } from './assign-partitions.ts';

const { MemberMetadata, MemberAssignment } = AssignerProtocol;

/** Name of the protocol: members of a group must agree on it. Its number changes with the form of the claims. */
const PROTOCOL = 'tollgate-copartitioned-v1';

/** Who this process is, what it held, and under which generation. */
export interface Claim {
  readonly instanceId: string;
  readonly generationId: number;
  readonly partitions: readonly number[];
}

/**
 * Gives one partition number of all topics to one member (kafkajs's own assigner counts over topics, and would tear a
 * session's tool calls and steps apart), and lets members keep what they held. `claim` is asked at each join.
 *
 * A member that reads other topics than the one that assigns, or bears the `instanceId` of another, is given no topic at
 * all: its partitions would be judged by nobody, or it would end the other's transactions. Topics whose partition counts
 * differ are refused (`topology_invalid`): kafkajs would look for partitions that are not there.
 */
export function coPartitioned(claim: () => Claim): PartitionAssigner {
  return ({ cluster }) => ({
    name: PROTOCOL,
    version: 1,
    protocol: ({ topics }) => ({
      name: PROTOCOL,
      metadata: MemberMetadata.encode({ version: 1, topics, userData: Buffer.from(JSON.stringify(claim())) }),
    }),
    assign: async ({ members, topics }) => {
      const shares = assignPartitions(eligible(members, topics), partitionCount(topics, cluster));
      return members.map(({ memberId }) => {
        const share = shares.get(memberId);
        const given = share === undefined ? [] : topics.map((topic): [string, number[]] => [topic, [...share]]);
        const assignment = { version: 1, assignment: Object.fromEntries(given), userData: Buffer.alloc(0) };
        return { memberId, memberAssignment: MemberAssignment.encode(assignment) };
      });
    },
  });
}

/** Members that read just these topics; of several with one `instanceId` the one that held partitions last. */
function eligible(members: readonly GroupMember[], topics: readonly string[]): readonly GroupMemberClaim[] {
  const wanted = [...topics].sort().join();
  const byInstance = new Map<string, GroupMemberClaim>();
  for (const { memberId, memberMetadata } of [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))) {
    const metadata = MemberMetadata.decode(memberMetadata);
    if (metadata === null || [...metadata.topics].sort().join() !== wanted) continue;
    const { instanceId, ...claimed } = decodeClaim(metadata.userData, memberId);
    const other = byInstance.get(instanceId);
    if (other !== undefined && other.generationId >= claimed.generationId) continue;
    byInstance.set(instanceId, { memberId, ...claimed });
  }
  return [...byInstance.values()];
}

/** Throws `topology_invalid` where the topics have no count in common: partitions were added to some while this process ran. */
function partitionCount(topics: readonly string[], cluster: Pick<Cluster, 'findTopicPartitionMetadata'>): number {
  const counts = topics.map((topic) => cluster.findTopicPartitionMetadata(topic).length);
  const [count = 0] = counts;
  if (counts.every((other) => other === count)) return count;
  const told = topics.map((topic, i) => `${topic} ${counts[i]}`).join(', ');
  throw new TollgateError('topology_invalid', `the input topics no longer have one partition count: ${told}`, {
    next: 'see `tollgate topics check`',
  });
}

/** Total: what is not a claim (an older program's member) claims nothing, and is like no other. */
function decodeClaim(bytes: Buffer, memberId: string): Claim {
  const nothing = { instanceId: memberId, generationId: -1, partitions: [] };
  try {
    const { instanceId, generationId, partitions } = JSON.parse(String(bytes)) as Partial<Claim>;
    const isClaim = typeof instanceId === 'string' && Number.isInteger(generationId) && Array.isArray(partitions);
    return isClaim ? ({ instanceId, generationId, partitions } as Claim) : nothing;
  } catch {
    return nothing;
  }
}
