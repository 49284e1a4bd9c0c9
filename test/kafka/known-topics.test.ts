import { describe, expect, it } from 'vitest';
import type { KafkaBroker } from '../../src/kafka/kafkajs.ts';
import { KnownTopics, madeAnew } from '../../src/kafka/known-topics.ts';

const BEFORE = new Map([
  ['calls', 'a'],
  ['steps', 'b'],
]);

describe('a topic that was made anew', () => {
  it.each([
    { name: 'has another id', now: { calls: 'a', steps: 'c' }, topics: ['calls', 'steps'], found: 'steps' },
    { name: 'is not one whose id is the same', now: { calls: 'a', steps: 'b' }, topics: ['calls', 'steps'] },
    { name: 'is not one that is not looked at', now: { calls: 'x', steps: 'b' }, topics: ['steps'] },
    { name: 'is not one that is not there', now: {}, topics: ['calls', 'steps'] },
    { name: 'is not one of which no id was known', now: { control: 'x' }, topics: ['control'] },
  ])('$name', ({ now, topics, found }) => {
    expect(madeAnew(BEFORE, new Map(Object.entries(now)), topics)).toBe(found);
  });

  it('is not looked for with a broker that is older than ids', async () => {
    const old = { versions: { 3: { minVersion: 0, maxVersion: 9 } } } as unknown as KafkaBroker;
    const known = new KnownTopics(['calls']);
    await expect(known.verify(old, [{ topic: 'calls', partition: 0 }])).resolves.toBeUndefined();
    expect(known.of(0)).toEqual(new Map());
  });
});
