import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';
import { assignPartitions, type GroupMemberClaim } from './assign-partitions.ts';

const { MemberMetadata, MemberAssignment } = AssignerProtocol;

/** Name of the protocol: members of a group must agree on it. Its number changes with the form of the claims. */
const PROTOCOL = 'tollgate-copartitioned-v1';

/** What this process held, and under which generation. */
export interface Claim {
  readonly generationId: number;
  readonly partitions: readonly number[];
}

/**
 * Gives one partition number of all topics to one member (kafkajs's own assigner counts over topics, and would tear a
 * session's tool calls and steps apart), and lets members keep what they held. `claim` is asked at each join.
 */
export function coPartitioned(claim: () => Claim): PartitionAssigner {
  return ({ cluster }) => ({
    name: PROTOCOL,
    version: 1,
    protocol: ({ topics }) => ({
      name: PROTOCOL,
      metadata: MemberMetadata.encode({ version: 1, topics, userData: encodeClaim(claim()) }),
    }),
    assign: async ({ members, topics }) => {
      const claims = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        ...decodeClaim(MemberMetadata.decode(memberMetadata)?.userData),
      }));
      const counts = topics.map((topic) => cluster.findTopicPartitionMetadata(topic).length);
      const shares = assignPartitions(claims, Math.max(0, ...counts));
      return Array.from(shares, ([memberId, partitions]) => {
        const assignment = Object.fromEntries(topics.map((topic) => [topic, [...partitions]]));
        return {
          memberId,
          memberAssignment: MemberAssignment.encode({ version: 1, assignment, userData: Buffer.alloc(0) }),
        };
      });
    },
  });
}

/** Four bytes a number, big-endian: the generation, then the partitions. */
function encodeClaim({ generationId, partitions }: Claim): Buffer {
  const bytes = Buffer.alloc(4 * (partitions.length + 1));
  bytes.writeInt32BE(generationId, 0);
  for (const [i, partition] of partitions.entries()) bytes.writeInt32BE(partition, 4 * (i + 1));
  return bytes;
}

/** Total: what is not a claim (another program's member) claims nothing. */
function decodeClaim(bytes: Buffer | undefined): Omit<GroupMemberClaim, 'memberId'> {
  if (bytes === undefined || bytes.length < 4 || bytes.length % 4 !== 0) return { generationId: -1, partitions: [] };
  const partitions = Array.from({ length: bytes.length / 4 - 1 }, (_, i) => bytes.readInt32BE(4 * (i + 1)));
  return { generationId: bytes.readInt32BE(0), partitions };
}
