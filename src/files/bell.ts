/**
 * Lets one loop sleep until something happened.
 *
 * 1. A ring while nobody waits is kept: the next `wait` returns at once. Rings do not add up.
 */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves after the next ring, or one since the last wait. One waiter at a time. */
  async wait(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
    this.#rung = false;
  }
}
