import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameSplitter } from './frames.ts';

function frame(body: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

describe('frames of a stream', () => {
  it('are found wherever the stream is cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    const cuts = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(bodies, cuts, (given, lengths) => {
        const frames = given.map(frame);
        let rest = Buffer.concat(frames);
        const splitter = new FrameSplitter();
        const found: Buffer[] = [];
        for (const length of lengths) {
          found.push(...splitter.push(rest.subarray(0, length)));
          rest = rest.subarray(length);
        }
        found.push(...splitter.push(rest));
        expect(found).toEqual(frames);
      }),
      { seed: 4 },
    );
  });

  it.each([-1, 2_000_000_000])('cannot have a size of %d', (size) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(size);
    expect(() => [...new FrameSplitter().push(bytes)]).toThrow('not Kafka');
  });
});
