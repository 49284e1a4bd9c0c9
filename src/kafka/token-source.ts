import { setTimeout } from 'node:timers/promises';
import { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';
import type { IssuedToken } from './token-endpoint.ts';

/** The part of a token's life after which another is asked for: what Kafka's own clients do (`sasl.login.refresh.window.factor`). */
const REFRESH_AFTER = 0.8;
/** A token with less left is not used: it may be over before the broker looks at it. */
const LEAST_LEFT_MS = 2_000;
const MOST_TRIES = 3;
const FIRST_DELAY_MS = 200;
/** Between two refreshes that failed, while the token at hand is still good. */
const REFRESH_PAUSE_MS = 5_000;

export interface TokenSourceOptions {
  /** Asks for a token, once. Throws a TollgateError. */
  readonly request: () => Promise<IssuedToken>;
  readonly logger: Logger;
  /** Milliseconds that only grow. */
  readonly nowMs?: () => number;
}

/** A token to log in with. `isFresh`: it was asked for because of this very login. */
export interface HeldToken {
  readonly value: string;
  readonly isFresh: boolean;
}

/**
 * The token that brokers are logged in at with: asked for when somebody needs one, kept for as long as it is good.
 *
 * 1. At most one request is under way; whoever needs its token waits for it.
 * 2. A token that is still good is given at once, and a new one asked for beside that when it grows old: who renews a
 *    login must not wait for an endpoint that hangs.
 * 3. One request is tried 3 times at most; then whoever waits is told, and the next one asks again.
 */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  #held: { readonly value: string; readonly refreshAtMs: number; readonly endAtMs: number } | undefined;
  #underWay: Promise<string> | undefined;
  #pauseUntilMs = 0;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
  }

  /** Throws what `request` throws. */
  async token(): Promise<HeldToken> {
    const held = this.#held;
    const now = this.#nowMs();
    if (held === undefined || now >= held.endAtMs) return { value: await this.#request(), isFresh: true };
    if (now >= held.refreshAtMs && now >= this.#pauseUntilMs) this.#refresh();
    return { value: held.value, isFresh: false };
  }

  /** Brokers do not take this token: the next one who needs a token asks for another. */
  refuse(value: string): void {
    if (this.#held?.value === value) this.#held = undefined;
  }

  #nowMs(): number {
    return (this.#options.nowMs ?? performance.now.bind(performance))();
  }

  #refresh(): void {
    this.#request().catch((thrown: unknown) => {
      this.#pauseUntilMs = this.#nowMs() + REFRESH_PAUSE_MS;
      const err = TollgateError.from(thrown);
      this.#options.logger.warn({ err }, 'no new token was given: going on with the former one while it is good');
    });
  }

  #request(): Promise<string> {
    this.#underWay ??= this.#ask().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #ask(): Promise<string> {
    const { value, lifetimeMs } = await this.#tryRequest();
    const now = this.#nowMs();
    const endAtMs = now + Math.max(lifetimeMs - LEAST_LEFT_MS, 0);
    this.#held = { value, refreshAtMs: now + lifetimeMs * REFRESH_AFTER, endAtMs };
    return value;
  }

  async #tryRequest(): Promise<IssuedToken> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#options.request();
      } catch (thrown) {
        if (tries === MOST_TRIES || !TollgateError.from(thrown).retryable) throw thrown;
      }
      await setTimeout(FIRST_DELAY_MS * 2 ** (tries - 1));
    }
  }
}
