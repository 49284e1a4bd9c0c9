import { gunzipSync, gzipSync } from 'node:zlib';
import { bufferOf, type Codec, withinBound } from './codec.ts';

/** RFC 1952, by Node itself. */
export const GZIP: Codec = {
  compress: (bytes) => gzipSync(bufferOf(bytes)),
  decompress: (bytes, maxBytes) => {
    return withinBound(maxBytes, () => gunzipSync(bufferOf(bytes), { maxOutputLength: maxBytes }));
  },
};
