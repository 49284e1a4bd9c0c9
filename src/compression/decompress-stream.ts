import type { ReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { zstdHeadOf } from './zstd-frame.ts';

/** How a file is compressed. */
export type FileCompression = 'none' | 'gzip' | 'zstd';

/** The largest window of zstd that the library reads: more than any that is written without asking for a long one. */
const MAX_WINDOW_BYTES = 2 ** 25;
/** What is handed to it at once: of some 500 bytes a bomb makes 16 MB, and nothing is read on until they are taken. */
const SLICE_BYTES = 512;
/** It looks at a head only when it has so much. */
const HEAD_BYTES = 18;

/** By the end of a file's name: `.gz`, `.zst`. */
export function compressionOf(name: string): FileCompression {
  if (name.endsWith('.gz')) return 'gzip';
  return name.endsWith('.zst') ? 'zstd' : 'none';
}

/**
 * The decompressed bytes of a file, chunk by chunk, members or frames that follow each other included. Throws what the file's
 * stream throws, and an Error that says why the bytes cannot be decompressed. The file is
 * its owner's to destroy, and the stream too when it is not read to its end.
 */
export function decompressed(file: ReadStream, how: FileCompression, chunkSize: number): Readable {
  if (how === 'none') return file;
  if (how === 'zstd') return Readable.from(unzstd(file), { objectMode: false });
  const stream = createGunzip({ chunkSize });
  file.on('error', (error) => stream.destroy(error));
  return file.pipe(stream);
}

/**
 * zstd, frame by frame. Node's own stream (24.21) ends after the first frame, in silence, where files have several: appended
 * logs, what pzstd writes. Checksums of frames are not looked at: the library cannot.
 */
export async function* unzstd(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { Decompress } = await import('fzstd');
  let made: Buffer[] = [];
  const decoder = new Decompress((chunk) => {
    // The library uses a chunk's memory again.
    if (chunk.length > 0) made.push(Buffer.from(chunk));
  });
  for await (const slice of slicesOf(file)) {
    decoder.push(slice);
    yield* made;
    made = [];
  }
  decoder.push(new Uint8Array(0), true);
  yield* made;
}

/** The file in small pieces, when its first frame is one that can be read. */
async function* slicesOf(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of file) {
    let rest: Buffer = chunk;
    if (head !== undefined) {
      head = rest = Buffer.concat([head, chunk]);
      if (head.length < HEAD_BYTES) continue;
      refuseWindow(head);
      head = undefined;
    }
    for (let at = 0; at < rest.length; at += SLICE_BYTES) yield rest.subarray(at, at + SLICE_BYTES);
  }
  if (head !== undefined) yield head;
}

function refuseWindow(head: Buffer): void {
  const windowBytes = zstdHeadOf(head)?.windowBytes ?? 0;
  if (windowBytes <= MAX_WINDOW_BYTES) return;
  throw new Error(`its window has ${windowBytes} bytes, and ${MAX_WINDOW_BYTES} are read: write it without --long`);
}
