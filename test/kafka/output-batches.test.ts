import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputBatches } from '../../src/kafka/output-batches.ts';
import { NO_PRODUCER, recordsIn } from './mends/batches.ts';

const RUNS = { seed: 20_260_303, numRuns: 150 };
const HEAD_BYTES = 61;

const record = (value: Uint8Array) => ({ key: null, value, timestampMs: 0 });

/** The values of each batch of each place, in order. */
function valuesOf(out: OutputBatches): Record<string, string[][]> {
  const places = out.take().map(({ topic, partition, batches }) => {
    const values = batches.map((batch) =>
      recordsIn(batch.finish(NO_PRODUCER)).map(({ value }) => Buffer.from(value ?? []).toString('latin1')),
    );
    return [`${topic}/${partition}`, values] as const;
  });
  return Object.fromEntries(places);
}

describe('output batches', () => {
  it('hold all records of a partition in the order they were added, in batches within the limit of their topic', () => {
    const sizes = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: HEAD_BYTES, max: 1_000 }), (lengths, limit) => {
        const out = new OutputBatches(new Map([['t', limit]]));
        const append = out.into('t', 0);
        for (const [i, length] of lengths.entries()) append(record(Buffer.alloc(length, i)));
        const [part] = out.take();
        for (const { byteLength, count } of part?.batches ?? []) {
          if (count > 1) expect(byteLength).toBeLessThanOrEqual(limit);
        }
        const found = valuesOf(out)['t/0']?.flat();
        expect(found).toEqual(lengths.map((length, i) => Buffer.alloc(length, i).toString('latin1')));
      }),
      RUNS,
    );
  });

  it('goes on in the open batch when more is added to a partition later', () => {
    const out = new OutputBatches(new Map());
    out.into('t', 0)(record(Buffer.from('a')));
    out.into('t', 1)(record(Buffer.from('x')));
    out.into('u', 0)(record(Buffer.from('y')));
    out.into('t', 0)(record(Buffer.from('b')));
    expect(valuesOf(out)).toEqual({ 't/0': [['a', 'b']], 't/1': [['x']], 'u/0': [['y']] });
  });

  it('sends alone what is too large for any batch, and keeps its place', () => {
    const out = new OutputBatches(new Map([['t', 200]]));
    const append = out.into('t', 0);
    const large = 'L'.repeat(500);
    for (const value of ['a', large, 'b']) append(record(Buffer.from(value)));
    expect(valuesOf(out)).toEqual({ 't/0': [['a'], [large], ['b']] });
  });

  it('gives each topic its own limit, and a megabyte where none is known', () => {
    const out = new OutputBatches(new Map([['small', 1_000]]));
    for (const topic of ['small', 'other']) {
      const append = out.into(topic, 0);
      for (let i = 0; i < 4; i++) append(record(Buffer.alloc(300_000)));
    }
    expect(out.take().map(({ topic, batches }) => [topic, batches.length])).toEqual([
      ['small', 4],
      ['other', 2],
    ]);
  });
});
