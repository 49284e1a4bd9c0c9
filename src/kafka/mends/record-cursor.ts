/**
 * Goes through the records of a batch. Every length is checked against the end; reading on beyond the end gives zeros,
 * and `finish` then throws a RangeError.
 */
export class RecordCursor {
  readonly source: Buffer;
  at: number;
  readonly #end: number;

  constructor(source: Buffer, at: number, end: number) {
    this.source = source;
    this.at = at;
    this.#end = end;
  }

  /** Reads a record's length and returns where the record ends. */
  begin(): number {
    const length = this.varint();
    const end = this.at + length;
    if (length < 0 || end > this.#end) throw new RangeError('a record is longer than its batch');
    return end;
  }

  /** Goes to a record's end. */
  finish(end: number): void {
    if (this.at > end) throw new RangeError('a record is longer than it says');
    this.at = end;
  }

  varint(): number {
    const { source } = this;
    let byte = source[this.at++] ?? 0;
    let zigzag = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      if (shift > 28) throw new RangeError('a varint of more than five bytes');
      byte = source[this.at++] ?? 0;
      zigzag |= (byte & 0x7f) << shift;
    }
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  varlong(): number {
    const { source } = this;
    let byte = source[this.at++] ?? 0;
    let zigzag = byte & 0x7f;
    for (let scale = 0x80; byte > 0x7f; scale *= 0x80) {
      if (scale > Number.MAX_SAFE_INTEGER) throw new RangeError('a varlong beyond what a double holds');
      byte = source[this.at++] ?? 0;
      zigzag += (byte & 0x7f) * scale;
    }
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  /** Goes over a record's headers, of which there are none in nearly all. */
  skipHeaders(): void {
    if (this.source[this.at] === 0) {
      this.at++;
      return;
    }
    const count = this.varint();
    if (count < 0) throw new RangeError('a negative number of headers');
    for (let left = count; left > 0; left--) {
      this.#skipBytes();
      this.#skipBytes();
    }
  }

  #skipBytes(): void {
    // Not `this.at += …`: that would take `at` as it was before the length was read.
    const length = this.varint();
    this.at += Math.max(0, length);
    if (this.at > this.#end) throw new RangeError('a header is longer than its batch');
  }

  /** Length and bytes, as a part of the source; null when the length is negative. */
  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.at = start + length;
    if (this.at > this.#end) throw new RangeError('a key or value is longer than its batch');
    return this.source.subarray(start, this.at);
  }
}
