/** Writes the parts of a request in the protocol's big-endian types. Grows as it is written. */
export class WireWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(initialBytes = 256) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  get length(): number {
    return this.#length;
  }

  int8(value: number): this {
    this.#length = this.#room(1).writeInt8(value, this.#length);
    return this;
  }

  int16(value: number): this {
    this.#length = this.#room(2).writeInt16BE(value, this.#length);
    return this;
  }

  int32(value: number): this {
    this.#length = this.#room(4).writeInt32BE(value, this.#length);
    return this;
  }

  int64(value: string | number | bigint): this {
    this.#length = this.#room(8).writeBigInt64BE(BigInt(value), this.#length);
    return this;
  }

  /** Seven bits a byte, least first; `value` from 0 to 2³¹−1. */
  unsignedVarint(value: number): this {
    let rest = value;
    while (rest > 0x7f) {
      this.#length = this.#room(1).writeUInt8((rest & 0x7f) | 0x80, this.#length);
      rest >>>= 7;
    }
    this.#length = this.#room(1).writeUInt8(rest, this.#length);
    return this;
  }

  /** STRING, or NULLABLE_STRING: int16 length, −1 for null. */
  string(text: string | null): this {
    if (text === null) return this.int16(-1);
    return this.int16(Buffer.byteLength(text)).#text(text);
  }

  /** COMPACT_STRING, or its nullable form: length + 1 as a varint, 0 for null. */
  compactString(text: string | null): this {
    if (text === null) return this.unsignedVarint(0);
    return this.unsignedVarint(Buffer.byteLength(text) + 1).#text(text);
  }

  /** The length of a COMPACT_ARRAY, whose elements follow. */
  compactArray(length: number): this {
    return this.unsignedVarint(length + 1);
  }

  /** TAG_BUFFER without tags, which ends every structure of a flexible version. */
  noTags(): this {
    return this.unsignedVarint(0);
  }

  /** What was written; the writer must not be used any more. */
  take(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #text(text: string): this {
    const { length } = this;
    this.#length += this.#room(Buffer.byteLength(text)).write(text, length);
    return this;
  }

  #room(size: number): Buffer {
    const needed = this.#length + size;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}
