import { createReadStream, type ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { decompressed, type FileCompression } from '../compression/decompress-stream.ts';
import { TollgateError } from '../domain/errors.ts';
import { contradiction, inputError } from './disk-error.ts';

/** How much of a file is read at once. */
const CHUNK_BYTES = 64 * 1024;

/** A file, and how its bytes are stored. */
export interface StoredFile {
  readonly path: string;
  readonly compression: FileCompression;
}

/** A file's bytes from some offset on, one chunk after another. */
export interface ByteReader {
  /** The next bytes; undefined at the end, which for a file that grows is only the end for now. */
  read(): Promise<Buffer | undefined>;
  close(): void;
}

/** A reader from `start` on; in a compressed file offsets count decompressed bytes. */
export function openBytes(file: StoredFile, start: number, chunkBytes = CHUNK_BYTES): ByteReader {
  if (file.compression === 'none') return new PlainBytes(file.path, start, chunkBytes);
  return new CompressedBytes(file, start, chunkBytes);
}

/** Holds no open file between reads, so that any number of files can be followed. */
class PlainBytes implements ByteReader {
  readonly #path: string;
  readonly #chunkBytes: number;
  #offset: number;

  constructor(path: string, start: number, chunkBytes: number) {
    this.#path = path;
    this.#offset = start;
    this.#chunkBytes = chunkBytes;
  }

  async read(): Promise<Buffer | undefined> {
    try {
      const chunk = await this.#readAt(this.#offset);
      this.#offset += chunk.byteLength;
      return chunk.byteLength === 0 ? undefined : chunk;
    } catch (thrown) {
      throw inputError(thrown, this.#path);
    }
  }

  close(): void {
    // No file is open between reads.
  }

  async #readAt(offset: number): Promise<Buffer> {
    const file = await open(this.#path, 'r');
    try {
      const { size } = await file.stat();
      if (size < offset) throw cutShort(this.#path, size, offset);
      // A fresh buffer each time: the records that are cut from it live on.
      const chunk = Buffer.allocUnsafeSlow(Math.min(this.#chunkBytes, size - offset));
      const { bytesRead } = await file.read(chunk, 0, chunk.byteLength, offset);
      return chunk.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }
}

class CompressedBytes implements ByteReader {
  readonly #file: StoredFile;
  readonly #chunkBytes: number;
  /** Made at the first read: a stream that nobody listens to yet would have nobody to tell of an error. */
  #open: { readonly file: ReadStream; readonly stream: Readable; readonly chunks: AsyncIterator<Buffer> } | undefined;
  #skip: number;

  constructor(file: StoredFile, start: number, chunkBytes: number) {
    this.#file = file;
    this.#chunkBytes = chunkBytes;
    this.#skip = start;
  }

  async read(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = await this.#nextChunk();
      if (chunk === undefined) return undefined;
      const skipped = Math.min(this.#skip, chunk.byteLength);
      this.#skip -= skipped;
      if (skipped < chunk.byteLength) return chunk.subarray(skipped);
    }
  }

  close(): void {
    this.#open?.file.destroy();
    this.#open?.stream.destroy();
  }

  async #nextChunk(): Promise<Buffer | undefined> {
    try {
      this.#open ??= openCompressed(this.#file, this.#chunkBytes);
      const { done, value } = await this.#open.chunks.next();
      return done === true ? undefined : value;
    } catch (thrown) {
      throw compressionError(thrown, this.#file.path);
    }
  }
}

function openCompressed({ path, compression }: StoredFile, chunkBytes: number) {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  const stream = decompressed(file, compression, chunkBytes);
  return { file, stream, chunks: stream[Symbol.asyncIterator]() as AsyncIterator<Buffer> };
}

function compressionError(thrown: unknown, path: string): unknown {
  const known = inputError(thrown, path);
  if (known !== thrown || !(thrown instanceof Error)) return known;
  return new TollgateError('input_unreadable', `cannot decompress the input: ${thrown.message}`, {
    where: path,
    next: 'write compressed files under another name and rename them when they are complete',
    cause: thrown,
  });
}

function cutShort(path: string, size: number, offset: number): TollgateError {
  return contradiction(
    `the file has ${size} bytes, and was read up to ${offset}`,
    path,
    'input files only grow: put the file back, and give new content a new name',
  );
}
