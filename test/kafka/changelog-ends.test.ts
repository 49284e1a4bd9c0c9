import { describe, expect, it } from 'vitest';
import { ChangelogEnds } from '../../src/kafka/changelog-ends.ts';

const TOPIC = 'sessions';

function written(baseOffset: number, records: number, topic = TOPIC) {
  return { topic, partition: 0, baseOffset, records };
}

/** Ends of a partition that was read up to offset 10. */
function restored(): ChangelogEnds {
  const ends = new ChangelogEnds(TOPIC);
  ends.restored(0, 10);
  return ends;
}

describe('where the changelog ends by our own account', () => {
  it('is behind the marker of the last transaction', () => {
    const ends = restored();
    ends.committed([written(10, 3)]);
    expect(ends.of(0)).toBe(14);
  });

  it('counts a marker that comes to stand behind the next transaction’s records', () => {
    const ends = restored();
    ends.committed([written(10, 3)]);
    ends.committed([written(13, 2)]);
    expect(ends.of(0)).toBe(17);
    ends.committed([written(17, 1)]);
    expect(ends.of(0)).toBe(19);
  });

  it('counts one marker for a transaction of several batches, and looks at the changelog only', () => {
    const ends = restored();
    ends.committed([written(500, 9, 'decisions'), written(12, 1), written(10, 2)]);
    expect(ends.of(0)).toBe(14);
  });

  it.each([
    { why: 'a gap', from: 11 },
    { why: 'records where ours should be', from: 8 },
  ])('is unknown after $why: somebody else wrote, and what follows does not bring it back', ({ from }) => {
    const ends = restored();
    ends.committed([written(from, 1)]);
    expect(ends.of(0)).toBeUndefined();
    ends.committed([written(from + 2, 1)]);
    expect(ends.of(0)).toBeUndefined();
  });

  it('is unknown of a partition that was not restored, and after a failure', () => {
    const ends = new ChangelogEnds(TOPIC);
    ends.committed([written(0, 1)]);
    expect(ends.of(0)).toBeUndefined();
    ends.restored(0, 2);
    ends.forget();
    expect(ends.of(0)).toBeUndefined();
  });
});
