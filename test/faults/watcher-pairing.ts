/** One member of a pair: the input that it is of, and a print of what it says ('' where only the place counts). */
export interface Half {
  readonly topic: string;
  readonly offset: number;
  readonly print: string;
}

/** What becomes of two halves that meet. */
export type Meeting =
  | { readonly kind: 'pair' | 'differs'; readonly left: Half }
  /** One side left this out and went on to a later one of the same topic. */
  | { readonly kind: 'missing'; readonly half: Half; readonly missing: 'left' | 'right' }
  /** The sides are in another order; which of them is wrong cannot be told. */
  | { readonly kind: 'crossed'; readonly left: Half; readonly right: Half };

/** From so many on, what was taken from the front of a queue is worth giving back. */
const MANY = 4096;

/**
 * Holds two series against each other that must be the same in the end, element by element, and are read at their own pace:
 * what one is ahead of the other waits here.
 *
 * 1. At most one of the queues holds anything. 2. Each half is told of once, or waits.
 */
export class Pairing {
  readonly #left = new Queue();
  readonly #right = new Queue();
  readonly #onMeeting: (meeting: Meeting) => void;

  constructor(onMeeting: (meeting: Meeting) => void) {
    this.#onMeeting = onMeeting;
  }

  left(half: Half): void {
    for (let other = this.#right.first(); other !== undefined; other = this.#right.first()) {
      const used = this.#meet(half, other);
      if (used !== 'left') this.#right.drop();
      if (used !== 'right') return;
    }
    this.#left.push(half);
  }

  right(half: Half): void {
    for (let other = this.#left.first(); other !== undefined; other = this.#left.first()) {
      const used = this.#meet(other, half);
      if (used !== 'right') this.#left.drop();
      if (used !== 'left') return;
    }
    this.#right.push(half);
  }

  get isEven(): boolean {
    return this.#left.first() === undefined && this.#right.first() === undefined;
  }

  /** What waits for its other half; in the end none may. */
  waiting(): { readonly left: readonly Half[]; readonly right: readonly Half[] } {
    return { left: this.#left.all(), right: this.#right.all() };
  }

  /** Says which of the two is used up. */
  #meet(left: Half, right: Half): 'left' | 'right' | 'both' {
    if (left.topic !== right.topic) {
      this.#onMeeting({ kind: 'crossed', left, right });
      return 'both';
    }
    if (left.offset === right.offset) {
      this.#onMeeting({ kind: left.print === right.print ? 'pair' : 'differs', left });
      return 'both';
    }
    const isLeft = left.offset < right.offset;
    this.#onMeeting({ kind: 'missing', half: isLeft ? left : right, missing: isLeft ? 'right' : 'left' });
    return isLeft ? 'left' : 'right';
  }
}

class Queue {
  #halves: Half[] = [];
  #head = 0;

  push(half: Half): void {
    this.#halves.push(half);
  }

  first(): Half | undefined {
    return this.#halves[this.#head];
  }

  drop(): void {
    this.#head++;
    const isWorthIt = this.#head === this.#halves.length || (this.#head > MANY && 2 * this.#head > this.#halves.length);
    if (!isWorthIt) return;
    this.#halves = this.#halves.slice(this.#head);
    this.#head = 0;
  }

  all(): readonly Half[] {
    return this.#halves.slice(this.#head);
  }
}
