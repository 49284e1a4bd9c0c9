import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Codec } from '../../src/compression/codec.ts';
import { loadCodec } from '../../src/compression/codecs.ts';
import { openWasmZstd } from '../../src/compression/zstd.ts';
import { HEADS_OF_4_GB, streamedZeros, zerosIn } from './bombs.ts';
import { LZ4_CLI, SNAPPY_JAVA_TWICE, SNAPPY_RAW, TEXT, ZSTD_CLI } from './outside-bytes.ts';

const NAMES = ['gzip', 'snappy', 'lz4', 'zstd', 'zstd in Wasm'] as const;
type Name = (typeof NAMES)[number];
const MB = 1024 * 1024;
const BOUND = 64 * 1024;

const opened = new Map<Name, Codec>();
beforeAll(async () => {
  for (const name of NAMES) opened.set(name, await (name === 'zstd in Wasm' ? openWasmZstd() : loadCodec(name)));
});

function codec(name: Name): Codec {
  const found = opened.get(name);
  if (found === undefined) throw new Error(`${name} was not opened`);
  return found;
}

/** Bytes that compress well, badly, and not at all. */
const arbitraryBytes = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc
    .array(fc.constantFrom('tool_call', '{"event_id":"', '0', '\n'), { maxLength: 400 })
    .map((a) => Buffer.from(a.join(''))),
  fc.nat(60_000).map((length) => Buffer.alloc(length, 'abc')),
);

describe.each(NAMES)('%s', (name) => {
  it('gives back what was compressed', async () => {
    const property = fc.property(arbitraryBytes, (bytes) => {
      expect(codec(name).decompress(codec(name).compress(bytes), BOUND).equals(bytes)).toBe(true);
    });
    await fc.assert(property, { seed: 6, numRuns: 200 });
  });

  it('makes the most that is allowed, and not a byte more', () => {
    const bytes = Buffer.alloc(5 * MB + 3, 'more than one block of any codec; ');
    const compressed = codec(name).compress(bytes);
    expect(codec(name).decompress(compressed, bytes.length).equals(bytes)).toBe(true);
    expect(() => codec(name).decompress(compressed, bytes.length - 1)).toThrow();
  });

  it('refuses what was cut off, wherever the cut is', () => {
    const compressed = codec(name).compress(Buffer.from('cut off; '.repeat(9_000)));
    for (let length = 0; length < compressed.length; length += length < 64 ? 1 : 97) {
      const cut = compressed.subarray(0, length);
      // A stream of snappy has no end of its own: between two blocks it is a shorter one.
      const made = outcome(() => codec(name).decompress(cut, 1 * MB));
      if (made !== undefined) expect([name, made.length % (32 * 1024)]).toEqual(['snappy', 0]);
    }
  });

  it('refuses changed bytes or makes no more than is allowed of them', async () => {
    const compressed = codec(name).compress(Buffer.from('{"event_id":"e-1","tool":"shell"}'.repeat(50)));
    const changes = fc.array(fc.tuple(fc.nat(compressed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const property = fc.property(changes, (all) => {
      const changed = Buffer.from(compressed);
      for (const [at, byte] of all) changed.writeUInt8(byte, at);
      expect(outcome(() => codec(name).decompress(changed, BOUND))?.length ?? 0).toBeLessThanOrEqual(BOUND);
    });
    await fc.assert(property, { seed: 6, numRuns: 2_000 });
    // What was done to it, it works on.
    const whole = Buffer.from('whole');
    expect(codec(name).decompress(codec(name).compress(whole), 5).equals(whole)).toBe(true);
  });

  it('refuses a bomb, and takes no memory for it', async () => {
    const kind = name === 'zstd in Wasm' ? 'zstd' : name;
    const bombs = [
      await zerosIn(kind, 40 * MB),
      ...(kind === 'zstd' ? [streamedZeros(40 * MB), HEADS_OF_4_GB.zstd] : []),
    ];
    if (kind === 'snappy') bombs.push(HEADS_OF_4_GB.snappy);
    const before = process.memoryUsage().rss;
    for (const bomb of bombs) expect(() => codec(name).decompress(bomb, 1 * MB)).toThrow();
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * MB);
  });
});

/** Undefined where it threw an Error. */
function outcome(decompress: () => Buffer): Buffer | undefined {
  try {
    return decompress();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Error);
    return undefined;
  }
}

describe('what others compressed', () => {
  it.each<[string, Name, Buffer]>([
    ['the zstd program', 'zstd', ZSTD_CLI],
    ['the zstd program', 'zstd in Wasm', ZSTD_CLI],
    ['the lz4 program', 'lz4', LZ4_CLI],
    ['a client that frames no snappy', 'snappy', SNAPPY_RAW],
  ])('%s can be read: %s', (_, name, bytes) => {
    expect(String(codec(name).decompress(bytes, BOUND))).toBe(TEXT);
  });

  it('two streams of Java’s snappy, one behind the other, can be read', () => {
    expect(String(codec('snappy').decompress(SNAPPY_JAVA_TWICE, BOUND))).toBe(TEXT + TEXT);
  });

  it('a zstd stream whose head does not say how long it becomes can be read', () => {
    for (const name of ['zstd', 'zstd in Wasm'] as const) {
      expect(
        codec(name)
          .decompress(streamedZeros(3 * MB), 4 * MB)
          .equals(Buffer.alloc(3 * MB)),
      ).toBe(true);
    }
  });

  it('an LZ4 frame of many small blocks under a large limit is counted as what it becomes', () => {
    // Blocks of at most 4 MB, and 20 of them with 3 bytes each, stored: 80 MB at most, 60 bytes in truth.
    const head = codec('lz4')
      .compress(Buffer.alloc(8 * MB))
      .subarray(0, 7);
    expect(head.readUInt8(5)).toBe(0x70);
    const block = Buffer.from([3, 0, 0, 0x80, 0x61, 0x62, 0x63]);
    const frame = Buffer.concat([head, ...Array.from({ length: 20 }, () => block), Buffer.alloc(4)]);
    expect(String(codec('lz4').decompress(frame, BOUND))).toBe('abc'.repeat(20));
  });
});
