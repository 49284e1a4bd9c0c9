import type { Transform } from 'node:stream';
import zlib from 'node:zlib';

/** Zstd as Node has it from 22.15 on; the types of Node 20 do not know it. */
interface NativeZstd {
  zstdCompressSync(bytes: Buffer): Buffer;
  zstdDecompressSync(bytes: Buffer, options: ZstdOptions): Buffer;
  createZstdDecompress(options: ZstdOptions): Transform;
}

interface ZstdOptions {
  readonly maxOutputLength?: number;
  readonly chunkSize?: number;
  readonly params?: Readonly<Record<number, number>>;
}

/** ZSTD_d_windowLogMax. Source: zstd.h */
export const WINDOW_LOG_MAX = 100;

/** Node's own zstd; undefined before Node 22.15. */
export const NATIVE_ZSTD: NativeZstd | undefined =
  'zstdCompressSync' in zlib ? (zlib as unknown as NativeZstd) : undefined;
