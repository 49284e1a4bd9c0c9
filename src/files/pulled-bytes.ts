import { TollgateError } from '../domain/errors.ts';
import type { ByteReader } from './byte-reader.ts';

/** Bytes of a varint whose value a double holds exactly, and more than any count or size that is allowed. */
const MAX_LONG_BYTES = 7;

/** What is said of an Avro file that cannot be read. */
export function brokenFile(path: string, what: string, cause?: unknown): TollgateError {
  return new TollgateError('input_unreadable', `the Avro file cannot be read: ${what}`, {
    where: path,
    next: 'write the file anew; one that is still being written is to be read when it is complete',
    ...(cause === undefined ? undefined : { cause }),
  });
}

/** Takes a file's bytes from front to back, in pieces that the reader asks for. */
export class PulledBytes {
  readonly #path: string;
  readonly #reader: ByteReader;
  #rest: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(path: string, reader: ByteReader) {
    this.#path = path;
    this.#reader = reader;
  }

  /** Offset of the byte that comes next. */
  get at(): number {
    return this.#at;
  }

  async isAtEnd(): Promise<boolean> {
    if (this.#rest.length === 0) this.#rest = (await this.#reader.read()) ?? this.#rest;
    return this.#rest.length === 0;
  }

  /** The next `count` bytes; whoever asks has bounded them. Throws `input_unreadable` when the file ends before. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let missing = count; missing > 0; ) {
      if (await this.isAtEnd()) throw this.broken('it ends in the middle');
      const part = this.#rest.subarray(0, missing);
      parts.push(part);
      missing -= part.length;
      this.#at += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }

  /** A number as Avro writes it: zigzag, seven bits a byte. */
  async long(): Promise<number> {
    let zigzag = 0;
    for (let read = 0; read < MAX_LONG_BYTES; read++) {
      const [byte = 0] = await this.take(1);
      zigzag += (byte & 0x7f) * 2 ** (7 * read);
      if (byte < 0x80) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    }
    throw this.broken('a count or a length beyond all measure');
  }

  /** An error at the byte that comes next. */
  broken(what: string): TollgateError {
    return brokenFile(this.#path, `${what}, at byte ${this.#at}`);
  }

  close(): void {
    this.#reader.close();
  }
}
