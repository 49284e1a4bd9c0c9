import zlib from 'node:zlib';

/** Zstd as Node has it from 22.15 on; the types of Node 20 do not know it. */
interface NativeZstd {
  zstdCompressSync(bytes: Buffer): Buffer;
  zstdDecompressSync(bytes: Buffer, options: ZstdOptions): Buffer;
}

interface ZstdOptions {
  readonly maxOutputLength?: number;
}

/** Node's own zstd; undefined before Node 22.15. */
export const NATIVE_ZSTD: NativeZstd | undefined =
  'zstdCompressSync' in zlib ? (zlib as unknown as NativeZstd) : undefined;
