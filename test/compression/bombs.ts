/** Few bytes that become many, made by hand: what no writer has to have made. */

import type { Compressed } from '../../src/compression/codecs.ts';
import { loadCodec } from '../../src/compression/codecs.ts';

const ZSTD_BLOCK_BYTES = 128 * 1024;

/** Zeros, as the codec itself compresses them. */
export async function zerosIn(codec: Compressed, bytes: number): Promise<Buffer> {
  return (await loadCodec(codec)).compress(Buffer.alloc(bytes));
}

/** A zstd frame that does not say how long it becomes, as streams have it: blocks that each are one byte, repeated. */
export function streamedZeros(bytes: number): Buffer {
  const windowOf128K = 0x38;
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, windowOf128K])];
  for (let left = bytes; left > 0; left -= ZSTD_BLOCK_BYTES) {
    const size = Math.min(left, ZSTD_BLOCK_BYTES);
    const isLast = left <= ZSTD_BLOCK_BYTES ? 1 : 0;
    const repeated = 1;
    const block = Buffer.alloc(4);
    block.writeUIntLE((size << 3) | (repeated << 1) | isLast, 0, 3);
    parts.push(block);
  }
  return Buffer.concat(parts);
}

/** A raw snappy block, or a zstd frame, whose head names a length, and little behind it. */
export const HEADS_OF_4_GB = {
  snappy: Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x61]),
  zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00]),
} as const;
