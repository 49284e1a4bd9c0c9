import { describe, expect, it } from 'vitest';
import { planRepair, type RepairState, type RepairTarget } from '../../src/kafka/topology/repair-plan.ts';

const RANGE = { start: 100, stableEnd: 190, end: 200 };
const META = {
  positions: new Map([
    ['calls', 50],
    ['gone', 7],
  ]),
  chain: { index: 12, hash: 'a'.repeat(64) },
  clockMs: 1_000,
  policyRevision: 'sha256:1',
};
const PLACE = { groupId: 'g', topics: ['calls', 'steps', 'control'], partition: 3 };

/** Ids before and now. */
const SAME = { committed: new Map([['calls', 'a']]), now: new Map([['calls', 'a']]) };
const ANEW = {
  committed: new Map([
    ['calls', 'a'],
    ['gone', 'g'],
  ]),
  now: new Map([
    ['calls', 'b'],
    ['steps', 's'],
  ]),
};

function planned(
  topic: string | undefined,
  to: RepairTarget,
  groupOffsets: Readonly<Record<string, number>> = {},
  topicIds: RepairState['topicIds'] = SAME,
) {
  const state: RepairState = {
    meta: META,
    topicIds,
    groupOffsets: new Map(Object.entries(groupOffsets)),
    ranges: new Map(PLACE.topics.map((name) => [name, RANGE])),
  };
  return planRepair(PLACE, { topic, partition: 3, to }, state);
}

describe('the plan of a repair', () => {
  it.each<{ readonly to: RepairTarget; readonly next: number }>([
    { to: { kind: 'earliest' }, next: 100 },
    { to: { kind: 'latest' }, next: 190 },
    { to: { kind: 'offset', offset: 100 }, next: 100 },
    { to: { kind: 'offset', offset: 200 }, next: 200 },
    { to: { kind: 'meta' }, next: 50 },
  ])('goes on at $next for $to', ({ to, next }) => {
    expect(planned('calls', to).topics).toMatchObject([{ topic: 'calls', position: 50, next }]);
  });

  it('changes the position of one topic in the meta record, and nothing else of it', () => {
    const { meta } = planned('steps', { kind: 'earliest' });
    expect(meta).toEqual({ ...META, positions: new Map([...META.positions, ['steps', 100]]) });
  });

  it.each([99, 201])('refuses offset %i, which the topic does not hold', (offset) => {
    const refused = expect.objectContaining({ code: 'usage', message: expect.stringContaining('100 to 200') });
    expect(() => planned('calls', { kind: 'offset', offset })).toThrow(refused);
  });

  it('follows the meta record with every topic that is read and has a position', () => {
    const { topics, meta } = planned(undefined, { kind: 'meta' }, { calls: 60 });
    expect(topics).toMatchObject([{ topic: 'calls', groupOffset: 60, next: 50 }]);
    expect(meta).toEqual(META);
  });

  it('refuses to follow a meta record that has no position of a topic', () => {
    const refused = expect.objectContaining({ code: 'position_contradicts', where: 'steps/3' });
    expect(() => planned('steps', { kind: 'meta' })).toThrow(refused);
    expect(() => planned(undefined, { kind: 'meta' }, { calls: 50, steps: 1 })).toThrow(refused);
  });

  it('is needed only while position or offset differ', () => {
    expect(planned('calls', { kind: 'meta' }, { calls: 50 }).isNeeded).toBe(false);
    expect(planned('calls', { kind: 'meta' }, {}).isNeeded).toBe(true);
    expect(planned('calls', { kind: 'offset', offset: 100 }, { calls: 100 }).isNeeded).toBe(true);
  });

  it('takes note of a topic that was made anew, of that one only, also where no offset changes', () => {
    const { topics, topicIds, isNeeded } = planned('calls', { kind: 'offset', offset: 100 }, { calls: 100 }, ANEW);
    expect([topics[0]?.isAnew, isNeeded]).toEqual([true, true]);
    expect(Object.fromEntries(topicIds)).toEqual({ calls: 'b', gone: 'g' });
    expect(planned('calls', { kind: 'earliest' }).topics[0]?.isAnew).toBe(false);
  });

  it('has nothing to compare where no id was committed, or the brokers know none', () => {
    const unknown = { committed: new Map(), now: ANEW.now };
    const { topics, topicIds } = planned('calls', { kind: 'meta' }, {}, unknown);
    expect([topics[0]?.isAnew, topicIds]).toEqual([false, new Map([['calls', 'b']])]);
    const none = { committed: ANEW.committed, now: new Map() };
    expect(planned('calls', { kind: 'meta' }, {}, none).topics[0]?.isAnew).toBe(false);
  });

  it('refuses to follow a position into a topic that was made anew, and says how to begin there', () => {
    const next = expect.stringContaining('tollgate topics repair --topic calls --partition 3 --to earliest');
    const refused = expect.objectContaining({ code: 'position_contradicts', where: 'calls/3', next });
    expect(() => planned(undefined, { kind: 'meta' }, {}, ANEW)).toThrow(refused);
  });
});
