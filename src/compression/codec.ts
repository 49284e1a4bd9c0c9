/** Compresses bytes, and undoes it within a bound. Both work at once: they are called between two records. */
export interface Codec {
  compress(bytes: Uint8Array): Buffer;
  /**
   * What was compressed. Throws an Error that says why when the bytes cannot be decompressed, or would become more than
   * `maxBytes`; no more than about that is taken for it.
   */
  decompress(bytes: Uint8Array, maxBytes: number): Buffer;
}

/** The error of what would not fit. */
export function tooLong(maxBytes: number): Error {
  return new RangeError(`it would become more than ${maxBytes} bytes`);
}

/** Calls Node's zlib with `maxOutputLength`; its error for what would not fit becomes `tooLong`. */
export function withinBound(maxBytes: number, decompress: () => Buffer): Buffer {
  try {
    return decompress();
  } catch (thrown) {
    throw thrown instanceof RangeError ? tooLong(maxBytes) : thrown;
  }
}

/** The same bytes as a buffer, uncopied. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
