import type { Feed } from './feed.ts';

/** A feed, and the turn that something of it was asked for in. */
export interface FeedTurn {
  readonly feed: Feed;
  readonly turn: number;
}

/**
 * A topic can be made anew between two fetches, without an answer that says so (seen when a process stood still meanwhile):
 * that is noticed after so long. It costs one small request a leader.
 */
const VOUCHED_FOR_MS = 2_000;

/** For which feeds it is known that their topic is still the one that they are positions of; until when, and in which turn. */
export class Vouchers {
  readonly #vouched = new WeakMap<Feed, { readonly turn: number; readonly untilMs: number }>();

  isVouched({ feed, turn }: FeedTurn): boolean {
    const voucher = this.#vouched.get(feed);
    return voucher?.turn === turn && performance.now() < voucher.untilMs;
  }

  vouch(served: readonly FeedTurn[]): void {
    const untilMs = performance.now() + VOUCHED_FOR_MS;
    for (const { feed, turn } of served) this.#vouched.set(feed, { turn, untilMs });
  }

  withdraw(feed: Feed): void {
    this.#vouched.delete(feed);
  }
}
