/** Findings of one kind that one event may have. */
export const MAX_FACTS = 64;
const MAX_LENGTH = 2048;

/** Texts without repetition in the order they came, at most `MAX_FACTS` of them, each cut at 2048 UTF-16 units. */
export class BoundedSet {
  /** Made with the first value: most events have none. */
  #values: Set<string> | undefined;

  add(value: string): void {
    this.#values ??= new Set();
    if (this.#values.size < MAX_FACTS) this.#values.add(value.length > MAX_LENGTH ? value.slice(0, MAX_LENGTH) : value);
  }

  values(): readonly string[] {
    return this.#values === undefined ? [] : [...this.#values];
  }
}
