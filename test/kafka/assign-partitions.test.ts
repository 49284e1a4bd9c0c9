import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignPartitions, type GroupMemberClaim } from '../../src/kafka/assign-partitions.ts';

const RUNS = { seed: 20_260_301, numRuns: 300 };

const newcomer = (memberId: string): GroupMemberClaim => ({ memberId, generationId: -1, partitions: [] });

/** Members as they come to a rebalance: any claims, also of partitions that are not there, and of others' ones. */
const members: fc.Arbitrary<GroupMemberClaim[]> = fc.uniqueArray(
  fc.record({
    memberId: fc.string({ minLength: 1, maxLength: 4 }),
    generationId: fc.integer({ min: -1, max: 5 }),
    partitions: fc.array(fc.integer({ min: -2, max: 20 }), { maxLength: 12 }),
  }),
  { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 7 },
);
const partitionCount = fc.integer({ min: 0, max: 16 });

/** The claims with which members come to the next rebalance. */
function nextClaims(shares: ReadonlyMap<string, readonly number[]>, generationId: number): GroupMemberClaim[] {
  return Array.from(shares, ([memberId, partitions]) => ({ memberId, generationId, partitions }));
}

describe('the assignment of partitions', () => {
  it('gives each partition to exactly one member, in shares that differ by one at most', () => {
    fc.assert(
      fc.property(members, partitionCount, (group, count) => {
        const shares = assignPartitions(group, count);
        expect([...shares.keys()].sort()).toEqual(group.map(({ memberId }) => memberId).sort());
        const given = [...shares.values()].flat().sort((a, b) => a - b);
        expect(given).toEqual(Array.from({ length: count }, (_, partition) => partition));
        const sizes = [...shares.values()].map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      RUNS,
    );
  });

  it('depends neither on the order of the members nor on that of their claims', () => {
    fc.assert(
      fc.property(members, partitionCount, (group, count) => {
        const reversed = [...group]
          .reverse()
          .map((member) => ({ ...member, partitions: [...member.partitions].reverse() }));
        const sorted = (shares: ReadonlyMap<string, readonly number[]>) =>
          [...shares].map(([id, held]) => [id, [...held].sort((a, b) => a - b)]).sort();
        expect(sorted(assignPartitions(reversed, count))).toEqual(sorted(assignPartitions(group, count)));
      }),
      RUNS,
    );
  });

  it('moves nothing when the same members come again', () => {
    fc.assert(
      fc.property(members, partitionCount, (group, count) => {
        const shares = assignPartitions(group, count);
        const again = assignPartitions(nextClaims(shares, 9), count);
        for (const [memberId, held] of shares) expect(new Set(again.get(memberId))).toEqual(new Set(held));
      }),
      RUNS,
    );
  });

  it('moves only what a newcomer, or the shares of one who left, make necessary', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), partitionCount, (size, count) => {
        const ids = Array.from({ length: size }, (_, i) => `m${i}`);
        const before = assignPartitions(ids.map(newcomer), count);
        const grown = assignPartitions([...nextClaims(before, 1), newcomer('new')], count);
        const moved = (from: ReadonlyMap<string, readonly number[]>, to: ReadonlyMap<string, readonly number[]>) =>
          [...from].flatMap(([id, held]) => held.filter((partition) => to.get(id)?.includes(partition) !== true))
            .length;
        expect(moved(before, grown)).toBe(grown.get('new')?.length);
        const shrunk = assignPartitions(
          nextClaims(grown, 2).filter(({ memberId }) => memberId !== 'new'),
          count,
        );
        expect(moved(grown, shrunk)).toBe(grown.get('new')?.length);
      }),
      RUNS,
    );
  });

  it.each([
    {
      name: 'a partition that two claim stays with the one who held it last',
      group: [
        { memberId: 'a', generationId: 3, partitions: [0, 1] },
        { memberId: 'b', generationId: 7, partitions: [1, 2] },
      ],
      count: 4,
      shares: { a: [0, 3], b: [1, 2] },
    },
    {
      name: 'a claim from long ago is worth nothing against a later one',
      group: [
        { memberId: 'back', generationId: 2, partitions: [0, 1, 2, 3] },
        { memberId: 'b', generationId: 8, partitions: [0, 1] },
        { memberId: 'c', generationId: 8, partitions: [2, 3] },
      ],
      count: 4,
      shares: { back: [3], b: [0, 1], c: [2] },
    },
    {
      name: 'partitions that are not there, or no numbers, are nobody’s',
      group: [{ memberId: 'a', generationId: 1, partitions: [-1, 9, 1.5, Number.NaN, 1] }],
      count: 2,
      shares: { a: [1, 0] },
    },
    {
      name: 'who has more than its share keeps the lower ones',
      group: [{ memberId: 'a', generationId: 1, partitions: [3, 2, 1, 0] }, newcomer('b')],
      count: 4,
      shares: { a: [0, 1], b: [2, 3] },
    },
    {
      name: 'members without a partition are told so',
      group: [newcomer('a'), newcomer('b'), newcomer('c')],
      count: 1,
      shares: { a: [0], b: [], c: [] },
    },
  ])('$name', ({ group, count, shares }) => {
    expect(Object.fromEntries(assignPartitions(group, count))).toEqual(shares);
  });
});
