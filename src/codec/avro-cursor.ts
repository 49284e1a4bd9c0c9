import { isAscii, isUtf8 } from 'node:buffer';
import { RejectedInput } from './rejected-input.ts';

/** Bytes of a varint whose value a double holds exactly. */
const EXACT_BYTES = 7;
const MAX_LONG_BYTES = 10;
const MAX_INT = 2 ** 31;

/**
 * Reads Avro's binary encoding front to back (Avro 1.12, "Binary encoding"). Nothing is made of a length or a count before
 * the bytes that it promises are known to be there. Throws `invalid_avro`, and `invalid_utf8` for text.
 */
export class AvroCursor {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  /** The byte that is read next. */
  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** A fault at the byte that is read next. */
  fault(what: string): RejectedInput {
    return new RejectedInput('invalid_avro', `${what} at byte ${this.#at}`);
  }

  boolean(): boolean {
    const byte = this.#byte();
    if (byte > 1) throw this.fault('a boolean that is neither true nor false');
    return byte === 1;
  }

  int(): number {
    const value = this.long();
    if (typeof value === 'bigint' || value < -MAX_INT || value >= MAX_INT) throw this.fault('an int beyond 32 bits');
    return value;
  }

  /** A bigint beyond ±(2^53 − 1), so that it keeps its digits. */
  long(): number | bigint {
    let zigzag = 0;
    let scale = 1;
    for (let read = 0; read < EXACT_BYTES; read++) {
      const byte = this.#byte();
      zigzag += (byte & 0x7f) * scale;
      if (byte < 0x80) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
      scale *= 0x80;
    }
    return this.#longLong(BigInt(zigzag));
  }

  /** A position in a list of `size`. */
  index(size: number): number {
    const index = this.long();
    if (typeof index === 'bigint' || index < 0 || index >= size) throw this.fault('an index of nothing');
    return index;
  }

  /** The number of items that follow in a block; 0 ends the list. A negative one has the block's size behind it. */
  blockCount(): number {
    const count = this.long();
    if (typeof count === 'bigint') throw this.fault('a block of too many items');
    if (count >= 0) return count;
    this.long();
    return -count;
  }

  float(): number {
    return this.#finite(this.#bytes.readFloatLE(this.#take(4)));
  }

  double(): number {
    return this.#finite(this.#bytes.readDoubleLE(this.#take(8)));
  }

  /** A length and so many bytes: a part of the record. */
  bytes(): Buffer {
    return this.fixed(this.#length());
  }

  /** Passes over what `bytes` would read. */
  skipBytes(): void {
    this.#take(this.#length());
  }

  /** Passes over what `fixed` would read. */
  skip(length: number): void {
    this.#take(length);
  }

  fixed(length: number): Buffer {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  #length(): number {
    const length = this.long();
    if (typeof length === 'bigint' || length < 0) throw this.fault('a length below zero, or beyond all measure');
    return length;
  }

  #longLong(low: bigint): number | bigint {
    let zigzag = low;
    for (let read = EXACT_BYTES; read < MAX_LONG_BYTES; read++) {
      const byte = this.#byte();
      zigzag |= BigInt(byte & 0x7f) << BigInt(7 * read);
      if (byte < 0x80) return this.#signed(zigzag);
    }
    throw this.fault('a number of more than ten bytes');
  }

  #signed(zigzag: bigint): number | bigint {
    if (zigzag >= 1n << 64n) throw this.fault('a long beyond 64 bits');
    const value = (zigzag >> 1n) ^ -(zigzag & 1n);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  #finite(value: number): number {
    if (Number.isFinite(value)) return value;
    throw new RejectedInput('number_out_of_range', `a number that JSON does not have before byte ${this.#at}`);
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  /** Moves on by `length`; returns where these bytes start. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw this.fault('the record ends too early');
    this.#at = start + length;
    return start;
  }
}

/** Bytes of a string as text. Throws `invalid_utf8`. */
export function avroText(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (!isUtf8(bytes)) throw new RejectedInput('invalid_utf8', 'a string that is not valid UTF-8');
  return bytes.toString('utf8');
}
