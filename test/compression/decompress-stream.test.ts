import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCodec } from '../../src/compression/codecs.ts';
import { decompressed, type FileCompression, unzstd } from '../../src/compression/decompress-stream.ts';
import { streamedZeros } from './bombs.ts';
import { TEXT, ZSTD_CLI } from './outside-bytes.ts';

const MB = 1024 * 1024;
const directory = mkdtempSync(join(tmpdir(), 'tollgate-decompress-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
function fileOf(bytes: Uint8Array): string {
  const path = join(directory, String(files++));
  writeFileSync(path, bytes);
  return path;
}

/** What comes out of a file that is read in chunks of so many bytes. */
async function readAll(bytes: Uint8Array, how: FileCompression, chunkBytes = 64 * 1024): Promise<Buffer> {
  const file = createReadStream(fileOf(bytes), { highWaterMark: chunkBytes });
  const chunks: Buffer[] = [];
  for await (const chunk of decompressed(file, how, chunkBytes)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function compress(how: FileCompression, text: string): Promise<Buffer> {
  return how === 'none' ? Buffer.from(text) : (await loadCodec(how)).compress(Buffer.from(text));
}

const LINES = Array.from({ length: 40_000 }, (_, i) => `{"event_id":"e-${i}","n":${(i * 7919) % 104_729}}\n`).join('');

describe.each(['none', 'gzip', 'zstd'] as const)('a file compressed with %s', (how) => {
  it('is what was compressed, in whatever chunks it is read', async () => {
    const bytes = await compress(how, LINES);
    for (const chunkBytes of [64, 1000, 64 * 1024]) {
      expect(String(await readAll(bytes, how, Math.max(64, chunkBytes))) === LINES).toBe(true);
    }
  });

  it('may be several that were put behind each other, and nothing at all', async () => {
    const parts = [await compress(how, 'one\n'), await compress(how, ''), await compress(how, LINES)];
    expect(String(await readAll(Buffer.concat(parts), how, 100)) === `one\n${LINES}`).toBe(true);
    expect(String(await readAll(await compress(how, ''), how))).toBe('');
  });
});

describe.each(['gzip', 'zstd'] as const)('a broken file of %s', (how) => {
  it('is an error when it ends too early, wherever', async () => {
    const bytes = await compress(how, LINES.slice(0, 2_000));
    for (let length = 1; length < bytes.length; length += 13) {
      await expect(readAll(bytes.subarray(0, length), how)).rejects.toThrow();
    }
  });

  it('is an error when it is something else', async () => {
    await expect(readAll(Buffer.from(LINES), how)).rejects.toThrow();
    await expect(readAll(how === 'gzip' ? ZSTD_CLI : gzipSync(LINES), how)).rejects.toThrow();
  });
});

describe('zstd, frame by frame', () => {
  const chunksOf = (...chunks: readonly Buffer[]) => Readable.from(chunks, { objectMode: true });

  it('reads what the zstd program wrote, checksum and all, one frame behind the other', async () => {
    const chunks = Array.from(Buffer.concat([ZSTD_CLI, ZSTD_CLI]), (byte) => Buffer.from([byte]));
    let text = '';
    for await (const chunk of unzstd(chunksOf(...chunks))) text += String(chunk);
    expect(text).toBe(TEXT + TEXT);
  });

  it('hands a bomb out piece by piece: who stops reading has not paid for the rest', async () => {
    const before = process.memoryUsage().arrayBuffers;
    let seen = 0;
    for await (const chunk of unzstd(chunksOf(streamedZeros(1024 * MB)))) {
      seen += chunk.length;
      if (seen >= 8 * MB) break;
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MB);
  });

  it('refuses a window that it would have to hold in memory, and cannot read', async () => {
    const windowOf1G = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0]), Buffer.alloc(20)]);
    const reading = async () => {
      for await (const _ of unzstd(chunksOf(windowOf1G))) break;
    };
    await expect(reading()).rejects.toThrow('its window has 1073741824 bytes');
  });
});
