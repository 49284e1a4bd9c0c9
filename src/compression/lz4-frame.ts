/**
 * How long an LZ4 frame becomes, without decompressing it.
 * Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md
 */

const MAGIC = 0x184d2204;
/** Magic, flags, block sizes. */
const FIXED_HEAD_BYTES = 6;
const VERSION_MASK = 0xc0;
const VERSION = 0x40;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;
const STORED = 0x8000_0000;
/** The numbers below stand for nothing. */
const LEAST_BLOCK_SIZE = 4;
/** A match is at least so long. */
const LEAST_MATCH = 4;
/** A length of four bits that says: more bytes follow. */
const LONG = 15;

/**
 * How many bytes the frame becomes: at most, when that is within `maxBytes`; else counted exactly, sequence by sequence. Throws
 * when it is no single whole frame.
 */
export function lz4FrameLength(frame: Buffer, maxBytes: number): number {
  const { flags, maxBlockBytes, blocksAt } = headOf(frame);
  const blocks = blocksOf(frame, blocksAt, flags);
  const atMost = blocks.length * maxBlockBytes;
  if (atMost <= maxBytes) return atMost;
  return blocks.reduce((sum, { start, end, stored }) => sum + (stored ? end - start : lengthOf(frame, start, end)), 0);
}

interface Block {
  readonly start: number;
  readonly end: number;
  readonly stored: boolean;
}

function headOf(frame: Buffer): { readonly flags: number; readonly maxBlockBytes: number; readonly blocksAt: number } {
  if (frame.length < FIXED_HEAD_BYTES + 1 || frame.readUInt32LE(0) !== MAGIC) throw new Error('it is no LZ4 frame');
  const flags = frame.readUInt8(4);
  if ((flags & VERSION_MASK) !== VERSION) throw new Error('its LZ4 frame has an unknown version');
  if ((flags & DICTIONARY) !== 0) throw new Error('its LZ4 frame needs a dictionary');
  // 4: 64 KB, 5: 256 KB, 6: 1 MB, 7: 4 MB.
  const size = (frame.readUInt8(5) >> 4) & 0x07;
  if (size < LEAST_BLOCK_SIZE) throw new Error('its LZ4 frame has an unknown block size');
  const maxBlockBytes = 2 ** (8 + 2 * size);
  // A checksum of one byte ends the head.
  const blocksAt = FIXED_HEAD_BYTES + ((flags & CONTENT_SIZE) === 0 ? 0 : 8) + 1;
  return { flags, maxBlockBytes, blocksAt };
}

function blocksOf(frame: Buffer, first: number, flags: number): readonly Block[] {
  const checksumBytes = (flags & BLOCK_CHECKSUMS) === 0 ? 0 : 4;
  const blocks: Block[] = [];
  for (let at = first; ; ) {
    if (at + 4 > frame.length) throw cutOff();
    const head = frame.readUInt32LE(at);
    at += 4;
    if (head === 0) {
      const end = at + ((flags & CONTENT_CHECKSUM) === 0 ? 0 : 4);
      if (end !== frame.length) throw new Error('more or less than one LZ4 frame');
      return blocks;
    }
    const end = at + (head & ~STORED);
    if (end + checksumBytes > frame.length) throw cutOff();
    blocks.push({ start: at, end, stored: (head & STORED) !== 0 });
    at = end + checksumBytes;
  }
}

/** What a compressed block becomes: the literals and matches of its sequences. */
function lengthOf(frame: Buffer, start: number, end: number): number {
  let length = 0;
  let at = start;
  const rest = (short: number): number => {
    if (short < LONG) return short;
    for (let sum = short; ; ) {
      if (at >= end) throw cutOff();
      const byte = frame.readUInt8(at++);
      sum += byte;
      if (byte < 0xff) return sum;
    }
  };
  while (at < end) {
    const token = frame.readUInt8(at++);
    const literals = rest(token >> 4);
    length += literals;
    at += literals;
    // The last sequence has no match; any other has its offset here.
    if (at >= end) break;
    at += 2;
    length += rest(token & 0x0f) + LEAST_MATCH;
  }
  return length;
}

function cutOff(): Error {
  return new Error('its LZ4 frame is cut off');
}
