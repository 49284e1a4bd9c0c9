const TWO_TO_32 = 2 ** 32;

/** An int64 of a response as a number: exact below 2⁵³, as offsets, times and producer ids are. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * TWO_TO_32 + bytes.readUInt32BE(at + 4);
}

/** Reads a response front to back. Reading beyond its end throws a RangeError. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  int64(): number {
    this.#at += 8;
    return readInt64(this.#bytes, this.#at - 8);
  }

  string(): string {
    return this.#take(this.int16()).toString('utf8');
  }

  compactString(): string {
    return this.#take(this.unsignedVarint() - 1).toString('utf8');
  }

  /** COMPACT_NULLABLE_STRING; null is empty. */
  compactNullableString(): string {
    return this.#take(Math.max(0, this.unsignedVarint() - 1)).toString('utf8');
  }

  /** COMPACT_NULLABLE_STRING that is of no use here. */
  skipCompactString(): void {
    this.skip(Math.max(0, this.unsignedVarint() - 1));
  }

  /** UUID, as Kafka prints it: 22 characters, base64url. */
  uuid(): string {
    return this.#take(16).toString('base64url');
  }

  skip(length: number): void {
    this.#take(length);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a varint of more than five bytes');
  }

  /** BYTES: a part of the response, not a copy; null is empty. */
  bytes(): Buffer {
    return this.#take(Math.max(0, this.int32()));
  }

  /** ARRAY; null is empty. */
  array<T>(element: () => T): T[] {
    return this.#elements(this.int32(), element);
  }

  /** COMPACT_ARRAY of structures, each of which ends with tags. */
  compactArray<T>(element: () => T): T[] {
    return this.#elements(this.unsignedVarint() - 1, () => {
      const value = element();
      this.skipTags();
      return value;
    });
  }

  /** TAG_BUFFER: what later brokers may add. */
  skipTags(): void {
    this.tags(() => undefined);
  }

  /** TAG_BUFFER; each tag's content in a reader of its own. */
  tags(read: (tag: number, content: WireReader) => void): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      const tag = this.unsignedVarint();
      read(tag, new WireReader(this.#take(this.unsignedVarint())));
    }
  }

  #elements<T>(length: number, element: () => T): T[] {
    const all: T[] = [];
    for (let i = 0; i < length; i++) all.push(element());
    return all;
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw new RangeError('a length beyond the end of the response');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
