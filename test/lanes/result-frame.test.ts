import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutBuffer } from '../../src/lanes/out-buffer.ts';
import { packOutputs, readBlock, readSessions } from '../../src/lanes/result-frame.ts';

type Line = readonly [record: number, text: string];
type State = readonly [id: string, value: Uint8Array | null];

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const lines = fc.array(fc.tuple(fc.integer({ min: -1, max: 9 }), text), { maxLength: 8 });
const states = fc.array(fc.tuple(text, fc.option(fc.uint8Array({ maxLength: 20 }))), { maxLength: 8 });

function fillLines(buffer: OutBuffer, items: readonly Line[]): void {
  buffer.clear();
  for (const [record, line] of items) {
    buffer.mark(record);
    buffer.mark(buffer.line(line));
    buffer.mark(buffer.size - 1);
  }
}

function fillStates(buffer: OutBuffer, items: readonly State[]): void {
  buffer.clear();
  for (const [id, value] of items) {
    buffer.mark(buffer.text(id));
    buffer.mark(buffer.size);
    buffer.mark(value === null ? -1 : buffer.bytes(value));
    buffer.mark(value === null ? -1 : buffer.size);
  }
}

function linesOf(block: ReturnType<typeof readBlock>): Line[] {
  return Array.from({ length: block.count }, (_, n) => {
    const [record = 0, start, end] = block.index.subarray(n * 3, n * 3 + 3);
    return [record, Buffer.from(block.bytes.subarray(start, end)).toString('utf8')];
  });
}

describe('the outputs of a segment', () => {
  it('come out of one buffer as they went in, whatever the buffers held before', () => {
    const outputs = { decisions: new OutBuffer(), audit: new OutBuffer(), sessions: new OutBuffer() };
    const property = fc.property(lines, lines, states, (decisions, audit, sessions) => {
      fillLines(outputs.decisions, decisions);
      fillLines(outputs.audit, audit);
      fillStates(outputs.sessions, sessions);
      const packed = packOutputs(outputs);
      expect(linesOf(readBlock(packed.buffer, packed.decisions))).toEqual(decisions);
      expect(linesOf(readBlock(packed.buffer, packed.audit))).toEqual(audit);
      const read = readSessions(packed.buffer, packed.sessions);
      expect(read.map(({ sessionId, value }) => [sessionId, value && Uint8Array.from(value)])).toEqual(sessions);
    });
    fc.assert(property, { seed: 42, numRuns: 300 });
  });

  it('may be larger than the buffers began', () => {
    const outputs = { decisions: new OutBuffer(), audit: new OutBuffer(), sessions: new OutBuffer() };
    const many = Array.from({ length: 2000 }, (_, n): Line => [n, `${n}${'ü'.repeat(n % 200)}`]);
    fillLines(outputs.decisions, many);
    fillStates(outputs.sessions, [['s', new Uint8Array(200_000).fill(7)]]);
    const packed = packOutputs(outputs);
    expect(linesOf(readBlock(packed.buffer, packed.decisions))).toEqual(many);
    expect(readSessions(packed.buffer, packed.sessions)[0]?.value).toHaveLength(200_000);
  });

  it('are copies: the next segment does not change them', () => {
    const outputs = { decisions: new OutBuffer(), audit: new OutBuffer(), sessions: new OutBuffer() };
    fillLines(outputs.decisions, [[0, 'first']]);
    const packed = packOutputs(outputs);
    fillLines(outputs.decisions, [[0, 'other']]);
    expect(linesOf(readBlock(packed.buffer, packed.decisions))).toEqual([[0, 'first']]);
  });

  it('are each followed by a line feed, so that a block is a file’s lines', () => {
    const outputs = { decisions: new OutBuffer(), audit: new OutBuffer(), sessions: new OutBuffer() };
    fillLines(outputs.decisions, [
      [0, '{"a":1}'],
      [1, '{"é":2}'],
    ]);
    const packed = packOutputs(outputs);
    const block = readBlock(packed.buffer, packed.decisions);
    expect(Buffer.from(block.bytes).toString('utf8')).toBe('{"a":1}\n{"é":2}\n');
  });
});
