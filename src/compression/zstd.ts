import { bufferOf, type Codec, tooLong, withinBound } from './codec.ts';
import { NATIVE_ZSTD } from './native-zstd.ts';
import { zstdHeadOf } from './zstd-frame.ts';

/** zstd's own default, and Kafka's. */
const LEVEL = 3;

/** Zstandard (RFC 8878): Node's own, or before Node 22.15 zstd compiled to WebAssembly. */
export async function openZstd(): Promise<Codec> {
  return nativeZstd() ?? (await openWasmZstd());
}

/** Undefined before Node 22.15. */
export function nativeZstd(): Codec | undefined {
  const zstd = NATIVE_ZSTD;
  if (zstd === undefined) return undefined;
  return {
    compress: (bytes) => zstd.zstdCompressSync(bufferOf(bytes)),
    decompress: (bytes, maxBytes) => {
      const frame = bounded(bytes, maxBytes);
      // A frame may name a window larger than all that comes out of it; of that memory only what is written is taken.
      return withinBound(maxBytes, () => zstd.zstdDecompressSync(frame, { maxOutputLength: maxBytes }));
    },
  };
}

/** The same without Node's part. One memory for all of the process, which is as large as its largest batch was. */
export async function openWasmZstd(): Promise<Codec> {
  const zstd = await import('@bokuweb/zstd-wasm');
  await zstd.init();
  return {
    compress: (bytes) => bufferOf(zstd.compress(bytes, LEVEL)),
    decompress: (bytes, maxBytes) => {
      const frame = bounded(bytes, maxBytes);
      try {
        return bufferOf(zstd.decompress(frame, { defaultHeapSize: maxBytes }));
      } catch (thrown) {
        throw new Error(`it is no whole zstd frame, or becomes more than ${maxBytes} bytes`, { cause: thrown });
      }
    },
  };
}

/** Refuses what says itself that it is too long: the library would take the memory first. */
function bounded(bytes: Uint8Array, maxBytes: number): Buffer {
  const frame = bufferOf(bytes);
  const head = zstdHeadOf(frame);
  if (head === undefined) throw new Error('it is no zstd frame');
  if ((head.contentBytes ?? 0) > maxBytes) throw tooLong(maxBytes);
  return frame;
}
