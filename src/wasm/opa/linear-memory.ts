const PAGE_BYTES = 65_536;

/**
 * Reading and writing a policy module's memory, with every address taken as hostile: a read that leaves the memory, or
 * finds no end, gives undefined instead of looping or throwing.
 *
 * The buffer behind a WebAssembly memory is replaced whenever the module grows it (even by nothing). The old one is then
 * detached and a view of it empty, which is how it is told: asking the memory for its buffer is a slow call.
 */
export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  #view: Buffer;

  /** A memory of `initial` pages (64 KiB each) that can grow to `maximum` and no further. */
  constructor(initial: number, maximum: number) {
    this.memory = new WebAssembly.Memory({ initial, maximum });
    this.#view = Buffer.from(this.memory.buffer);
  }

  get byteLength(): number {
    return this.view().length;
  }

  /** All of the memory as it is now; do not keep it over a call into the module. */
  view(): Buffer {
    if (this.#view.length === 0) this.#view = Buffer.from(this.memory.buffer);
    return this.#view;
  }

  /** Grows the memory until `end` lies inside; false when its maximum does not allow that. */
  reach(end: number): boolean {
    const missing = end - this.byteLength;
    if (missing <= 0) return true;
    try {
      this.memory.grow(Math.ceil(missing / PAGE_BYTES));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Bytes of the NUL-terminated string at `address` (a view, valid until the module runs again); undefined when it does
   * not end within `maxBytes` or the memory.
   */
  stringBytes(address: number, maxBytes: number): Buffer | undefined {
    const view = this.view();
    if (address < 0 || address >= view.length) return undefined;
    const end = view.indexOf(0, address);
    return end < 0 || end - address > maxBytes ? undefined : view.subarray(address, end);
  }

  /** Writes `bytes` at `address`; false when they do not fit there. */
  write(address: number, bytes: Uint8Array): boolean {
    const view = this.view();
    if (address < 0 || address + bytes.length > view.length) return false;
    view.set(bytes, address);
    return true;
  }
}

/** An i32 result as an address. Anything but a number (an i64, nothing) becomes −1, which no read accepts. */
export function asAddress(value: unknown): number {
  return typeof value === 'number' ? value >>> 0 : -1;
}
