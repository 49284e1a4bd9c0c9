const INITIAL_BYTES = 64 * 1024;
/** A 64-bit number, seven bits a byte. */
const MAX_LONG_BYTES = 10;
const DOUBLE_BYTES = 8;
/** As longs: the second type of a union, and the empty block that ends an array. */
const PRESENT = 2;
const END = 0;
/** Up to here a loop is faster than a call into Node. */
const SHORT_TEXT = 24;
/** Below this the operators on bits are exact. */
const SMALL = 0x40000000;

/**
 * Writes values as Avro's binary encoding has them, one after another, into one buffer that is used again and grows to
 * the most that was written.
 */
export class AvroWriter {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #size = 0;

  /** Forgets what was written. */
  clear(): void {
    this.#size = 0;
  }

  /** What was written since `clear`. The next one overwrites it: copy what is kept. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#size++] = value;
  }

  boolean(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  /** Which of null and another type follows: of a union of the two, null being the first. */
  presence(isThere: boolean): void {
    this.byte(isThere ? PRESENT : 0);
  }

  /** A long that counts something. Throws a RangeError for what is no count, and for one that the library would not read again. */
  count(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= Number.MAX_SAFE_INTEGER) {
      throw new RangeError(`${value} is not a count`);
    }
    this.#room(MAX_LONG_BYTES);
    let rest = value * 2;
    for (; rest >= SMALL; rest = Math.floor(rest / 128)) this.#bytes[this.#size++] = (rest % 128) | 0x80;
    for (; rest >= 128; rest >>>= 7) this.#bytes[this.#size++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#size++] = rest;
  }

  double(value: number): void {
    this.#room(DOUBLE_BYTES);
    this.#size = this.#bytes.writeDoubleLE(value, this.#size);
  }

  /** A string; one with lone surrogates has U+FFFD for them, as all UTF-8 has. */
  text(text: string): void {
    if (text.length <= SHORT_TEXT && this.#asciiText(text)) return;
    const length = Buffer.byteLength(text);
    this.count(length);
    this.#room(length);
    this.#size += this.#bytes.write(text, this.#size);
  }

  /** Bytes, from their hexadecimal digits. Throws a RangeError for other digits. */
  hex(digits: string): void {
    const length = digits.length / 2;
    this.count(length);
    this.#room(length);
    if (this.#bytes.write(digits, this.#size, 'hex') !== length) throw new RangeError('not hexadecimal digits');
    this.#size += length;
  }

  /** The head of an array of so many items, which follow, and then its end. */
  block(items: number): void {
    if (items > 0) this.count(items);
  }

  endOfItems(): void {
    this.byte(END);
  }

  /** Null or a string. */
  optionalText(text: string | undefined): void {
    this.presence(text !== undefined);
    if (text !== undefined) this.text(text);
  }

  /** Writes a text of ASCII; leaves one that is not to others, with nothing written. */
  #asciiText(text: string): boolean {
    const { length } = text;
    this.#room(length + 1);
    const bytes = this.#bytes;
    const start = this.#size;
    // As a long: up to 63 one byte says it.
    bytes[start] = length * 2;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[start + 1 + i] = unit;
    }
    this.#size = start + 1 + length;
    return true;
  }

  #room(bytes: number): void {
    if (this.#size + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#size + bytes));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}
