import { crc32 } from 'node:zlib';
import { loadCodec } from './codecs.ts';

/** Undoes the compression of one block. Throws an Error that says why it cannot, or would become more than `maxBytes`. */
export type BlockDecoder = (block: Buffer, maxBytes: number) => Buffer;

/** Big-endian, of the bytes before compression. */
const CHECKSUM_BYTES = 4;

/** The codecs of Avro's files (Avro 1.12, "Required codecs", "Optional codecs") that are read, by their names there. */
const DECODERS: ReadonlyMap<string, () => Promise<BlockDecoder>> = new Map([
  ['null', async () => stored],
  ['deflate', async () => (await import('./deflate.ts')).inflate],
  ['snappy', openSnappyBlocks],
  ['zstandard', async () => (await loadCodec('zstd')).decompress],
]);

export const AVRO_CODECS: readonly string[] = [...DECODERS.keys()];

/** A codec by the name that a file has for it; undefined when it is not read. */
export async function openBlockDecoder(name: string): Promise<BlockDecoder | undefined> {
  return await DECODERS.get(name)?.();
}

function stored(block: Buffer): Buffer {
  return block;
}

/** Raw snappy, and CRC-32 behind it. */
async function openSnappyBlocks(): Promise<BlockDecoder> {
  const codec = await loadCodec('snappy');
  return (block, maxBytes) => {
    const end = block.length - CHECKSUM_BYTES;
    if (end < 0) throw new Error('a snappy block without its checksum');
    const bytes = codec.decompress(block.subarray(0, end), maxBytes);
    if (crc32(bytes) !== block.readUInt32BE(end)) throw new Error('the checksum of a snappy block is another one');
    return bytes;
  };
}
