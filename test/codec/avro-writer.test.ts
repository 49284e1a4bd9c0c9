import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AvroWriter } from '../../src/codec/avro-writer.ts';

/** What one call of a new writer writes. */
function written(write: (writer: AvroWriter) => void): Buffer {
  const writer = new AvroWriter();
  write(writer);
  return Buffer.from(writer.written());
}

/** The library's bytes for a value. */
function expected(schema: avro.Schema, value: unknown): Buffer {
  return avro.Type.forSchema(schema).toBuffer(value);
}

const SMALL = [0, 1, 63, 64, 8191, 8192, 2 ** 29 - 1, 2 ** 29, 2 ** 30 - 1, 2 ** 30, 2 ** 31, 2 ** 32];
const EDGES = [...SMALL, 2 ** 40 + 3, 2 ** 52, Number.MAX_SAFE_INTEGER - 1];

describe('the bytes are those of the library', () => {
  it.each(EDGES)('for the count %d', (value) => {
    expect(written((to) => to.count(value))).toEqual(expected('long', value));
  });

  it('for any count that it would read again', () => {
    const property = fc.property(fc.maxSafeNat(), (value) => {
      fc.pre(value < Number.MAX_SAFE_INTEGER);
      expect(written((to) => to.count(value))).toEqual(expected('long', value));
    });
    fc.assert(property, { seed: 42, numRuns: 2_000 });
  });

  it('for any double', () => {
    const property = fc.property(fc.double({ noNaN: true }), (value) => {
      expect(written((to) => to.double(value))).toEqual(expected('double', value));
    });
    fc.assert(property, { seed: 42, numRuns: 500, examples: [[-0], [Number.POSITIVE_INFINITY], [5e-324]] });
  });

  it('for any text, short or long, with and without a null beside it', () => {
    const texts = fc.oneof(fc.string({ maxLength: 100 }), fc.string({ unit: 'grapheme', maxLength: 40 }));
    const property = fc.property(texts, (text) => {
      expect(written((to) => to.text(text))).toEqual(expected('string', text));
      expect(written((to) => to.optionalText(text))).toEqual(expected(['null', 'string'], text));
    });
    const edges = ['', '\0', 'é', '\u2028', 'a'.repeat(24), 'a'.repeat(25), 'é'.repeat(32), `${'x'.repeat(24)}ü`, '😀'];
    fc.assert(property, { seed: 42, numRuns: 500, examples: edges.map((text) => [text]) });
  });

  it('for arrays, full and empty', () => {
    const property = fc.property(fc.array(fc.nat()), (values) => {
      const bytes = written((to) => {
        to.block(values.length);
        for (const value of values) to.count(value);
        to.endOfItems();
      });
      expect(bytes).toEqual(expected({ type: 'array', items: 'long' }, values));
    });
    fc.assert(property, { seed: 42, numRuns: 200, examples: [[[]]] });
  });

  it('for nothing, a flag, and bytes given as digits', () => {
    expect(written((to) => to.optionalText(undefined))).toEqual(expected(['null', 'string'], null));
    expect(written((to) => to.boolean(true))).toEqual(expected('boolean', true));
    expect(written((to) => to.boolean(false))).toEqual(expected('boolean', false));
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const buffer = Buffer.from(bytes);
      expect(written((to) => to.hex(buffer.toString('hex')))).toEqual(expected('bytes', buffer));
    });
    fc.assert(property, { seed: 42, numRuns: 200 });
  });
});

describe('a writer', () => {
  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, 2 ** 60])(
    'refuses %d as a count: it could not be read again',
    (value) => {
      expect(() => written((to) => to.count(value))).toThrow(RangeError);
    },
  );

  it.each(['zz', 'ab0', 'abxx', '0x'])('refuses the digits %s: what follows would be read as theirs', (digits) => {
    expect(() => written((to) => to.hex(digits))).toThrow(RangeError);
  });

  it('grows to what is written, and keeps what was there', () => {
    const large = 'ü'.repeat(100_000);
    const all = written((to) => {
      for (const text of ['first', large, 'a'.repeat(65_000), 'last']) to.text(text);
    });
    expect(all).toEqual(
      Buffer.concat(['first', large, 'a'.repeat(65_000), 'last'].map((text) => expected('string', text))),
    );
  });

  it('grows for the smallest value too', () => {
    const writer = new AvroWriter();
    for (let i = 0; i < 200_000; i++) writer.byte(i & 0x7f);
    const bytes = writer.written();
    expect(bytes.length).toBe(200_000);
    expect(bytes.every((byte, i) => byte === (i & 0x7f))).toBe(true);
  });

  it('says a text of lone surrogates as UTF-8 can', () => {
    expect(written((to) => to.text('a\ud800'))).toEqual(expected('string', 'a\ufffd'));
  });

  it('begins anew when it is cleared', () => {
    const writer = new AvroWriter();
    writer.text('before');
    writer.clear();
    writer.byte(7);
    expect([...writer.written()]).toEqual([7]);
  });
});
