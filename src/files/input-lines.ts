import { type ByteReader, openBytes } from './byte-reader.ts';
import { contradiction } from './disk-error.ts';
import type { InputFile } from './input-file.ts';
import { type Line, LineSplitter } from './line-splitter.ts';

const LINE_FEED = 0x0a;

export interface LineOptions {
  /** Longest line that is kept whole, in bytes. */
  readonly maxLineBytes: number;
  /** How much is read at once; changes nothing about the lines. */
  readonly chunkBytes?: number | undefined;
}

/** The lines of one input file from an offset on. `position_contradicts` when a line does not begin there. */
export class InputLines {
  readonly file: InputFile;
  /** True when the file will not grow: then its last line counts without a line feed. */
  readonly #complete: boolean;
  readonly #bytes: ByteReader;
  readonly #lines: LineSplitter;
  /** The byte before the offset, while what follows it has not been seen. */
  #before: number | undefined;
  #expectBefore: boolean;
  #ended = false;

  constructor(file: InputFile, start: number, options: LineOptions & { readonly complete: boolean }) {
    this.file = file;
    this.#complete = options.complete || file.compression !== 'none';
    this.#expectBefore = start > 0;
    this.#bytes = openBytes(file, start > 0 ? start - 1 : 0, options.chunkBytes);
    this.#lines = new LineSplitter(start, options.maxLineBytes);
  }

  /** How far the file has been read. */
  get end(): number {
    return this.#lines.end;
  }

  /** The next lines, at least one; undefined at the end, which for a file that grows is only the end for now. */
  async read(): Promise<Line[] | undefined> {
    while (!this.#ended) {
      const chunk = await this.#bytes.read();
      if (chunk === undefined) return this.#atEnd();
      const lines = this.#lines.push(this.#checkStart(chunk));
      if (lines.length > 0) return lines;
    }
    return undefined;
  }

  close(): void {
    this.#bytes.close();
  }

  #atEnd(): Line[] | undefined {
    if (!this.#complete) return undefined;
    this.#ended = true;
    const last = this.#lines.finish();
    return last.length > 0 ? last : undefined;
  }

  /**
   * A start lies after a line feed, or after a last line that had none when it was read: then the line feed comes next,
   * as soon as there is more.
   */
  #checkStart(chunk: Buffer): Buffer {
    let rest = chunk;
    if (this.#expectBefore) {
      this.#expectBefore = false;
      this.#before = chunk[0];
      rest = chunk.subarray(1);
    }
    if (this.#before === undefined || rest.byteLength === 0) return rest;
    if (this.#before !== LINE_FEED && rest[0] !== LINE_FEED) throw notALine(this.file.path, this.end);
    this.#before = undefined;
    return rest;
  }
}

function notALine(path: string, offset: number): Error {
  return contradiction(
    `no line begins at byte ${offset}, where reading was to go on`,
    path,
    'input files only grow: put the file back, and give new content a new name',
  );
}
