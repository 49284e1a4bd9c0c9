import { describe, expect, test } from 'vitest';
import { partitionOf } from '../../src/codec/partition-of.ts';

/** Key, murmur2 as Kafka's Java client computes it (signed, 32 bits), and the partition of 8, of 12 and of 1,000. */
const VECTORS = [
  ['', 275646681, 1, 9, 681],
  ['a', -1563381124, 4, 4, 524],
  ['ab', 316155434, 2, 2, 434],
  ['abc', 479470107, 3, 3, 107],
  ['abcd', -1323649548, 4, 8, 100],
  ['21', -973932308, 4, 0, 340],
  ['foobar', -790332482, 6, 6, 166],
  ['a-little-bit-long-string', -985981536, 0, 8, 112],
  ['a-little-bit-longer-string', -1486304829, 3, 11, 819],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971, 5, 5, 677],
  ['airline-0-0', -492667408, 0, 4, 240],
  ['session-42', 880271230, 6, 10, 230],
  ['größe', 588164084, 4, 8, 84],
  ['日本語', 1431860170, 2, 10, 170],
  ['😀 smile', -580186616, 0, 0, 32],
] as const;

describe('partitionOf', () => {
  test.each(VECTORS)('places the key "%s" where Kafka does', (key, hash, of8, of12, of1000) => {
    expect(partitionOf(key, 8)).toBe(of8);
    expect(partitionOf(key, 12)).toBe(of12);
    expect(partitionOf(Buffer.from(key, 'utf8'), 1000)).toBe(of1000);
    expect(partitionOf(key, 2 ** 31)).toBe(hash & 0x7fffffff);
  });

  test.each([
    ['letters', 'a'],
    ['three bytes', '日'],
    ['letters before others', 'aé'],
    ['NUL', '\0'],
    ['surrogate pairs', '😀'],
  ])('gives a text of %s the partition of its bytes, however long it is', (_, character) => {
    for (const length of [1, 85, 170, 340, 341, 342, 700, 5000]) {
      const key = character.repeat(length);
      expect(partitionOf(key, 1000)).toBe(partitionOf(Buffer.from(key, 'utf8'), 1000));
    }
  });

  test('takes bytes that are no text', () => {
    const key = new Uint8Array([0xff, 0x80, 0x00, 0x01, 0xfe, 0xc0, 0x7f]);
    expect(partitionOf(key, 2 ** 31)).toBe(-1446117860 & 0x7fffffff);
    expect([partitionOf(key, 8), partitionOf(key, 12), partitionOf(key, 1000)]).toEqual([4, 0, 788]);
  });
});
