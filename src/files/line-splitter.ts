import type { FileSchema } from '../domain/registered-schema.ts';

const LINE_FEED = 0x0a;

/** A line without its line feed; or a record of an Avro file, whose offsets are record numbers. */
export interface Line {
  /** Offset of its first byte in the (decompressed) file. */
  readonly start: number;
  /** Offset after its line feed; for an unterminated last line, the file's length. */
  readonly next: number;
  /** At most one byte more than the splitter's limit: then the line is longer than allowed, and this is its head. */
  readonly bytes: Buffer;
  /** Absent for a line. */
  readonly avro?: AvroFacts;
}

/** What is known of a record of an Avro file beside its bytes. */
export interface AvroFacts {
  readonly schema: FileSchema;
  /** Its length in its block. */
  readonly bytes: number;
  readonly sessionId: string | undefined;
  readonly occurredAt: string | number | undefined;
}

/**
 * Cuts a stream of chunks into lines. The lines are the same however the stream is cut into chunks.
 *
 * 1. Of a line longer than `maxLineBytes` only the first `maxLineBytes + 1` bytes are kept in memory and handed out, so
 *    that whoever reads it refuses it as too large.
 * 2. Lines of nothing but spaces, tabs and carriage returns are left out.
 */
export class LineSplitter {
  readonly #limit: number;
  /** The head of the line that is not complete yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #lineStart: number;
  /** Offset after the last byte that was pushed. */
  #end: number;

  constructor(start: number, maxLineBytes: number) {
    this.#limit = maxLineBytes + 1;
    this.#lineStart = start;
    this.#end = start;
  }

  /** How far the stream has been pushed. */
  get end(): number {
    return this.#end;
  }

  /** Takes the next bytes of the stream and returns the lines that they complete. Keeps slices of `chunk`. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (;;) {
      const feed = chunk.indexOf(LINE_FEED, from);
      if (feed === -1) break;
      this.#hold(chunk, from, feed);
      this.#cut(lines, this.#end + feed + 1);
      from = feed + 1;
    }
    this.#hold(chunk, from, chunk.byteLength);
    this.#end += chunk.byteLength;
    return lines;
  }

  /** The last line of a stream that has ended without a line feed; none when nothing is left. */
  finish(): Line[] {
    const lines: Line[] = [];
    if (this.#end > this.#lineStart) this.#cut(lines, this.#end);
    return lines;
  }

  #hold(chunk: Buffer, from: number, to: number): void {
    const end = Math.min(to, from + this.#limit - this.#heldBytes);
    if (end <= from) return;
    this.#held.push(chunk.subarray(from, end));
    this.#heldBytes += end - from;
  }

  #cut(lines: Line[], next: number): void {
    const [only] = this.#held;
    const bytes = only === undefined || this.#held.length > 1 ? Buffer.concat(this.#held) : only;
    if (!isBlank(bytes)) lines.push({ start: this.#lineStart, next, bytes });
    this.#held = [];
    this.#heldBytes = 0;
    this.#lineStart = next;
  }
}

function isBlank(bytes: Buffer): boolean {
  let at = 0;
  while (at < bytes.byteLength && isSpace(bytes[at])) at += 1;
  return at === bytes.byteLength;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
