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

  /** A memory of `pages` × 64 KiB that can not grow. Pages that are never touched cost address space only. */
  constructor(pages: number) {
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
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
