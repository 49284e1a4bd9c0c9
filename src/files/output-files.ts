import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from './commit-file.ts';

/** Bytes for one place of one file. */
export interface Write {
  readonly path: string;
  /** Where the file's committed content ends, so where these bytes begin. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * The open files of an output directory.
 *
 * 1. Bytes go to the position the caller names, never to "the end": what a failed commit left there is overwritten.
 * 2. A file is opened at its first write and stays open until `close` or `forget`.
 */
export class OutputFiles {
  readonly #handles = new Map<string, Promise<FileHandle>>();

  /** Writes all bytes of one block. */
  async write({ path, at, bytes }: Write): Promise<void> {
    const file = await this.#open(path);
    let done = 0;
    while (done < bytes.byteLength) {
      const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, at + done);
      done += bytesWritten;
    }
  }

  /**
   * Makes these writes durable, side by side. fdatasync is enough: it carries the length, which is all the metadata
   * that reading the bytes back needs. A file that begins with this write needs its name made durable too.
   */
  async sync(writes: readonly Write[]): Promise<void> {
    const paths = new Set(writes.map((write) => write.path));
    const folders = new Set(writes.filter((write) => write.at === 0).map((write) => dirname(write.path)));
    await allDone([
      ...[...paths].map(async (path) => (await this.#open(path)).datasync()),
      ...[...folders].map(syncDirectory),
    ]);
  }

  /** Closes one file, which is about to be deleted. */
  async forget(path: string): Promise<void> {
    const file = await this.#handles.get(path);
    this.#handles.delete(path);
    await file?.close();
  }

  async close(): Promise<void> {
    const open = [...this.#handles.values()];
    this.#handles.clear();
    await allDone(open.map(async (file) => (await file).close()));
  }

  #open(path: string): Promise<FileHandle> {
    const known = this.#handles.get(path);
    if (known !== undefined) return known;
    const file = open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
    this.#handles.set(path, file);
    file.catch(() => this.#handles.delete(path));
    return file;
  }
}

/** Waits for all, then fails with the first failure: no step may still run when the caller closes the files. */
export async function allDone(steps: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(steps)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
