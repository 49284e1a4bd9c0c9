import { bufferOf, type Codec, tooLong } from './codec.ts';

/** The library's part that is used. */
interface Raw {
  compressSync(bytes: Buffer): Buffer;
  uncompressSync(bytes: Buffer): Buffer | string;
}

/** The head that Java's snappy streams begin with: magic, version, oldest compatible version. */
const HEAD = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
const MAGIC_BYTES = 8;
/** How a head in the middle begins, as the length of a block: streams may follow each other. */
const MAGIC_WORD = HEAD.readInt32BE(0);
/** Size of the blocks that are written; Kafka's clients write the same. */
const BLOCK_BYTES = 32 * 1024;
/** A varint of 32 bits. */
const MAX_LENGTH_BYTES = 5;

/**
 * Snappy as Kafka's clients write it: in the framing of Java's snappy streams (a head, then blocks, each after its
 * length, int32). Raw snappy is read too: librdkafka and others take a stream without the head for one block.
 * Source: https://github.com/xerial/snappy-java (SnappyOutputStream); https://github.com/google/snappy/blob/main/format_description.txt
 */
export async function openSnappy(): Promise<Codec> {
  const { default: raw } = await import('snappy');
  return {
    compress: (bytes) => framed(raw, bufferOf(bytes)),
    decompress: (bytes, maxBytes) => unframed(raw, bufferOf(bytes), maxBytes),
  };
}

function framed(raw: Raw, bytes: Buffer): Buffer {
  const parts: Buffer[] = [HEAD];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = raw.compressSync(bytes.subarray(at, at + BLOCK_BYTES));
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

function unframed(raw: Raw, bytes: Buffer, maxBytes: number): Buffer {
  if (!HEAD.subarray(0, MAGIC_BYTES).equals(bytes.subarray(0, MAGIC_BYTES)))
    return blockOf(raw, bytes, maxBytes, maxBytes);
  const blocks: Buffer[] = [];
  let left = maxBytes;
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw new Error('the length of a block is cut off');
    const length = bytes.readInt32BE(at);
    if (length === MAGIC_WORD) {
      at += HEAD.length;
      continue;
    }
    at += 4;
    if (length < 0 || at + length > bytes.length) throw new Error('a block is longer than what is there');
    const block = blockOf(raw, bytes.subarray(at, at + length), left, maxBytes);
    blocks.push(block);
    left -= block.length;
    at += length;
  }
  return Buffer.concat(blocks);
}

/** `room`: how much of `maxBytes` is left for it. */
function blockOf(raw: Raw, block: Buffer, room: number, maxBytes: number): Buffer {
  // The library takes the memory that the block's head names, before it looks at the rest.
  if (lengthOf(block) > room) throw tooLong(maxBytes);
  return raw.uncompressSync(block) as Buffer;
}

/** How long a raw block says that it becomes: a varint at its beginning. */
function lengthOf(block: Buffer): number {
  let length = 0;
  for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
    const byte = block[i];
    if (byte === undefined) throw new Error('a block without a length');
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  throw new Error('the length of a block is no varint of 32 bits');
}
