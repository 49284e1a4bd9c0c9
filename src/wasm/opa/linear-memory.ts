const PAGE_BYTES = 65_536;

/**
 * Reading and writing a policy module's memory, with every address taken as hostile: a read that leaves the memory, or
 * finds no end, gives undefined instead of looping or throwing.
 *
 * The buffer behind a WebAssembly memory is replaced whenever the module grows it (even by nothing), so the view is
 * looked up anew after each call into the module.
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
    return this.memory.buffer.byteLength;
  }

  /** All of the memory as it is now; do not keep it over a call into the module. */
  view(): Buffer {
    if (this.#view.buffer !== this.memory.buffer) this.#view = Buffer.from(this.memory.buffer);
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

  /** End of the NUL-terminated string at `address`, undefined when it does not end within `maxBytes` or the memory. */
  endOfString(address: number, maxBytes: number): number | undefined {
    const view = this.view();
    if (address < 0 || address >= view.length) return undefined;
    const end = view.indexOf(0, address);
    return end < 0 || end - address > maxBytes ? undefined : end;
  }

  /** Bytes of the NUL-terminated string at `address` (a view, valid until the module runs again), or undefined. */
  stringBytes(address: number, maxBytes: number): Buffer | undefined {
    const end = this.endOfString(address, maxBytes);
    return end === undefined ? undefined : this.view().subarray(address, end);
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
