/** A decision's JSON text, or undefined for a record that gave none (a duplicate, a dead letter). */
export type OrderedItem = string | undefined;

/**
 * Puts decisions of all partitions back into the order of the input.
 *
 * 1. Each ordinal is given once, and they have no gaps; items leave in the order of their ordinals.
 * 2. What waits is bounded by what the processor holds in hand: the source reads all partitions with one scan.
 */
export class OrderedDecisions {
  readonly #emit: (text: string) => void;
  readonly #waiting = new Map<number, OrderedItem>();
  #next = 0;

  constructor(emit: (text: string) => void) {
    this.#emit = emit;
  }

  /** Items that wait for an earlier one. */
  get waiting(): number {
    return this.#waiting.size;
  }

  put(ordinal: number, item: OrderedItem): void {
    this.#waiting.set(ordinal, item);
    while (this.#waiting.has(this.#next)) {
      const text = this.#waiting.get(this.#next);
      this.#waiting.delete(this.#next);
      this.#next++;
      if (text !== undefined) this.#emit(text);
    }
  }
}
