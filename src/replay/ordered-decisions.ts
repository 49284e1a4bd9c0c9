/** A decision's JSON text and the partition of its event. */
export interface OrderedDecision {
  readonly text: string;
  readonly partition: number;
}

/**
 * Puts decisions of all partitions back into the order of the input.
 *
 * 1. Each ordinal is given once, and they have no gaps; items leave in the order of their ordinals.
 * 2. What waits is bounded by what the processor holds in hand: the source reads all partitions with one scan.
 */
export class OrderedDecisions {
  readonly #emit: (decision: OrderedDecision) => void;
  readonly #waiting = new Map<number, OrderedDecision | undefined>();
  #next = 0;

  constructor(emit: (decision: OrderedDecision) => void) {
    this.#emit = emit;
  }

  /** Items that wait for an earlier one. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** `decision` is undefined for a record that gave none: a duplicate, a dead letter. */
  put(ordinal: number, decision: OrderedDecision | undefined): void {
    this.#waiting.set(ordinal, decision);
    while (this.#waiting.has(this.#next)) {
      const decided = this.#waiting.get(this.#next);
      this.#waiting.delete(this.#next);
      this.#next++;
      if (decided !== undefined) this.#emit(decided);
    }
  }
}
