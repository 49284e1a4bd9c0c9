import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, LineSplitter } from '../../src/files/line-splitter.ts';

function split(chunks: readonly Buffer[], limit = 1000, start = 0): Line[] {
  const splitter = new LineSplitter(start, limit);
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.finish()];
}

const texts = (lines: readonly Line[]) => lines.map((line) => line.bytes.toString());

describe('the line splitter', () => {
  it('gives each line its offset and the offset after its line feed', () => {
    expect(split([Buffer.from('ab\ncde\n')], 1000, 100)).toEqual([
      { start: 100, next: 103, bytes: Buffer.from('ab') },
      { start: 103, next: 107, bytes: Buffer.from('cde') },
    ]);
  });

  it('leaves out blank lines, and counts their bytes', () => {
    const lines = split([Buffer.from('\n\r\n \t\na\r\n\n')]);
    expect(lines.map(({ start, next }) => [start, next])).toEqual([[6, 9]]);
    expect(texts(lines)).toEqual(['a\r']);
  });

  it('holds back a last line without a line feed until the stream has ended', () => {
    const splitter = new LineSplitter(0, 10);
    expect(texts(splitter.push(Buffer.from('a\nb')))).toEqual(['a']);
    expect(splitter.finish()).toEqual([{ start: 2, next: 3, bytes: Buffer.from('b') }]);
  });

  it('keeps a line of exactly the limit whole and one byte more of a longer one', () => {
    const lines = split([Buffer.from('1234\n12345\n123456789\nab\n')], 4);
    expect(texts(lines)).toEqual(['1234', '12345', '12345', 'ab']);
    expect(lines.at(-1)).toMatchObject({ start: 21, next: 24 });
  });

  it('cuts the same lines from the same bytes, however they are chunked', () => {
    const piece = fc.constantFrom('a', 'bc', '\n', '\r\n', ' ', 'longer than the limit');
    const property = fc.property(fc.array(piece), fc.array(fc.integer({ min: 1, max: 9 })), (pieces, sizes) => {
      const bytes = Buffer.from(pieces.join(''));
      const chunks: Buffer[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[i % Math.max(1, sizes.length)] ?? 1;
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(split(chunks, 7)).toEqual(split([bytes], 7));
    });
    fc.assert(property, { seed: 42 });
  });
});
