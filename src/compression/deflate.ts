import { inflateRawSync } from 'node:zlib';
import { bufferOf, withinBound } from './codec.ts';

/** RFC 1951 without a head of its own, by Node itself. Throws as `Codec.decompress` does. */
export function inflate(bytes: Uint8Array, maxBytes: number): Buffer {
  return withinBound(maxBytes, () => inflateRawSync(bufferOf(bytes), { maxOutputLength: maxBytes }));
}
