const INITIAL_BYTES = 64 * 1024;
const INITIAL_CELLS = 1024;
const LINE_FEED = 10;
/** UTF-8 takes at most three bytes for one UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Outputs of one kind that a batch collects: their bytes one after another, and an index beside them. Owned by one
 * worker and used again for each batch; grows to the largest batch it saw.
 */
export class OutBuffer {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #index = new Int32Array(INITIAL_CELLS);
  #size = 0;
  #cells = 0;

  /** Forgets what was collected. */
  clear(): void {
    this.#size = 0;
    this.#cells = 0;
  }

  /** Bytes collected. */
  get size(): number {
    return this.#size;
  }

  /** Numbers in the index. */
  get cells(): number {
    return this.#cells;
  }

  /** Appends the text and a line feed; returns the text's start. Its end is `size` − 1. */
  line(text: string): number {
    const start = this.#size;
    this.#room(text.length * MAX_BYTES_PER_UNIT + 1);
    this.#size += this.#bytes.write(text, start);
    this.#bytes[this.#size++] = LINE_FEED;
    return start;
  }

  /** Appends the bytes and a line feed; returns their start. Their end is `size` − 1. */
  lineOf(bytes: Uint8Array): number {
    const start = this.#size;
    this.#room(bytes.length + 1);
    this.#bytes.set(bytes, start);
    this.#size += bytes.length;
    this.#bytes[this.#size++] = LINE_FEED;
    return start;
  }

  /** Appends the text without more; returns its start. */
  text(text: string): number {
    const start = this.#size;
    this.#room(text.length * MAX_BYTES_PER_UNIT);
    this.#size += this.#bytes.write(text, start);
    return start;
  }

  /** Appends the bytes; returns their start. */
  bytes(bytes: Uint8Array): number {
    const start = this.#size;
    this.#room(bytes.length);
    this.#bytes.set(bytes, start);
    this.#size += bytes.length;
    return start;
  }

  /** Appends one number to the index. */
  mark(value: number): void {
    if (this.#cells === this.#index.length) {
      const larger = new Int32Array(this.#index.length * 2);
      larger.set(this.#index);
      this.#index = larger;
    }
    this.#index[this.#cells++] = value;
  }

  /** Copies the index to `at` in the target, a multiple of four; returns where it ends. */
  copyIndex(target: ArrayBuffer, at: number): number {
    new Int32Array(target, at, this.#cells).set(this.#index.subarray(0, this.#cells));
    return at + this.#cells * Int32Array.BYTES_PER_ELEMENT;
  }

  /** Copies the bytes to `at` in the target; returns where they end. */
  copyBytes(target: ArrayBuffer, at: number): number {
    new Uint8Array(target, at, this.#size).set(this.#bytes.subarray(0, this.#size));
    return at + this.#size;
  }

  #room(bytes: number): void {
    if (this.#size + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#size + bytes));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}
