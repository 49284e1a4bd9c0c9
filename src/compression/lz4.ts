import { bufferOf, type Codec, tooLong } from './codec.ts';
import { lz4FrameLength } from './lz4-frame.ts';

/**
 * LZ4 in its frame format, one frame, with the head's checksum as the format has it: what Kafka means by lz4 since its
 * record batches are v2 (before, the checksum was computed wrongly). Blocks are written independent of each other, which
 * Java's reader requires.
 */
export async function openLz4(): Promise<Codec> {
  const { default: lz4 } = await import('lz4-napi');
  return {
    compress: (bytes) => lz4.compressFrameSync(bufferOf(bytes)),
    decompress: (bytes, maxBytes) => {
      const frame = bufferOf(bytes);
      // The library has no bound of its own.
      if (lz4FrameLength(frame, maxBytes) > maxBytes) throw tooLong(maxBytes);
      return lz4.decompressFrameSync(frame);
    },
  };
}
