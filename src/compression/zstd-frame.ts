/** The head of a zstd frame. Source: RFC 8878, section 3.1.1.1. */

const MAGIC = 0xfd2fb528;
/** Magic and descriptor. */
const DESCRIPTOR_AT = 4;
/** Bytes of the dictionary id and of the content size, by their two bits in the descriptor. */
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const SIZE_BYTES = [0, 2, 4, 8] as const;

export interface ZstdHead {
  /** Undefined when the frame does not say it, as those that were streamed. */
  readonly contentBytes: number | undefined;
  /** How far back the frame looks, and so the memory that reading it in a stream takes. */
  readonly windowBytes: number;
}

/** What the head of the first frame says; undefined when the bytes begin with no whole head. */
export function zstdHeadOf(bytes: Buffer): ZstdHead | undefined {
  if (bytes.length <= DESCRIPTOR_AT || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  const descriptor = bytes.readUInt8(DESCRIPTOR_AT);
  const isSingle = (descriptor & 0x20) !== 0;
  const windowAt = DESCRIPTOR_AT + 1;
  const sizeAt = windowAt + (isSingle ? 0 : 1) + (DICTIONARY_BYTES[descriptor & 0x03] ?? 0);
  const sizeBits = descriptor >> 6;
  const sizeBytes = sizeBits === 0 && isSingle ? 1 : (SIZE_BYTES[sizeBits] ?? 0);
  if (sizeAt + sizeBytes > bytes.length) return undefined;
  const contentBytes = sizeBytes === 0 ? undefined : contentSize(bytes, sizeAt, sizeBytes);
  return { contentBytes, windowBytes: isSingle ? (contentBytes ?? 0) : windowSize(bytes.readUInt8(windowAt)) };
}

function contentSize(bytes: Buffer, at: number, sizeBytes: number): number {
  if (sizeBytes === 8) return Number(bytes.readBigUInt64LE(at));
  // Two bytes begin to count where one byte ends.
  return bytes.readUIntLE(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
}

function windowSize(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 0x07);
}
