/** A member of the group and what it says it held. */
export interface GroupMemberClaim {
  readonly memberId: string;
  /** The generation under which it held `partitions`; −1 for a newcomer. */
  readonly generationId: number;
  readonly partitions: readonly number[];
}

/**
 * Who gets which partition number, of all topics alike: every partition once, shares that differ by one at most, and
 * members keep what they held as far as that allows (their state of it is still in memory). A partition that two claim
 * stays with the one who held it last. Members' order does not matter.
 */
export function assignPartitions(
  members: readonly GroupMemberClaim[],
  partitionCount: number,
): ReadonlyMap<string, readonly number[]> {
  const claims = claimsByMember(members, partitionCount);
  const byClaim = [...claims].sort(([a, left], [b, right]) => right.length - left.length || compare(a, b));
  const least = Math.floor(partitionCount / byClaim.length);
  let larger = partitionCount % byClaim.length;
  const shares = new Map<string, number[]>();
  const room: { memberId: string; places: number }[] = [];
  const taken = new Set<number>();
  for (const [memberId, claimed] of byClaim) {
    const size = larger > 0 ? least + 1 : least;
    larger--;
    const kept = claimed.slice(0, size);
    for (const partition of kept) taken.add(partition);
    shares.set(memberId, kept);
    room.push({ memberId, places: size - kept.length });
  }
  const free = Array.from({ length: partitionCount }, (_, partition) => partition).filter((p) => !taken.has(p));
  for (const { memberId, places } of room) shares.get(memberId)?.push(...free.splice(0, places));
  return shares;
}

/** What each member may keep: claims that are in range and not held later by another one. */
function claimsByMember(members: readonly GroupMemberClaim[], partitionCount: number): Map<string, number[]> {
  const claims = new Map<string, number[]>(members.map(({ memberId }) => [memberId, []]));
  const claimed = new Set<number>();
  const latestFirst = [...members].sort((a, b) => b.generationId - a.generationId || compare(a.memberId, b.memberId));
  for (const { memberId, partitions } of latestFirst) {
    for (const partition of [...partitions].sort((a, b) => a - b)) {
      if (!Number.isInteger(partition) || partition < 0 || partition >= partitionCount || claimed.has(partition))
        continue;
      claimed.add(partition);
      claims.get(memberId)?.push(partition);
    }
  }
  return claims;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
