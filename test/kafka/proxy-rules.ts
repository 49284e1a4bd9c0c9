/**
 * What happens to a request. `refuse`: the connection is cut instead of delivering it. `swallow`: it is delivered, and the
 * connection is cut in place of its answer: what it asked for is done. `delay`: it, and what comes after it on its connection,
 * is delivered that much later. `late`: the connection is cut at once, and the request is delivered that much later all the same,
 * when its sender has long gone on without it. `throttle`: it and its answer pass at so many bytes a second. `blackHole`: from it on
 * nothing passes on its connection, in either direction, and nobody is told.
 */
export type ProxyAction =
  | { readonly kind: 'refuse' | 'swallow' | 'blackHole' }
  | { readonly kind: 'delay' | 'late'; readonly delayMs: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number };

/** `apiKey` says which requests. */
export interface ProxyRule {
  readonly apiKey: number | 'any';
  readonly action: ProxyAction;
  /** Only the next of them that it takes hold of. */
  readonly once?: boolean;
  /** Of the requests that fit the Nth, 2Nth, and so on; others pass it by. 1 unless given. */
  readonly every?: number;
  /** Asked for each request that is due, so that a seed can say which are. */
  readonly when?: () => boolean;
}

/** A rule that was added. */
export interface ActiveRule {
  /** How often it was carried out: connections cut, requests delayed, or delivered late and answered. */
  readonly hits: number;
  /** Resolves when it was carried out at least `count` times; rejects when `signal` aborts. */
  reached(count: number, signal: AbortSignal): Promise<void>;
  remove(): void;
}

/** A request that a rule took hold of. `done` is called when the rule was carried out. */
export interface Taken {
  readonly action: ProxyAction;
  done(): void;
}

/** The rules of a proxy. The oldest one that fits a request has it. */
export class RuleBook {
  readonly #rules = new Set<CountedRule>();

  add(rule: ProxyRule): ActiveRule {
    const counted = new CountedRule(rule, () => this.#rules.delete(counted));
    this.#rules.add(counted);
    return counted;
  }

  /** The rule for the request of this key that has just come; undefined: none, it passes. */
  take(apiKey: number): Taken | undefined {
    for (const rule of this.#rules) {
      if (!rule.takes(apiKey)) continue;
      if (rule.once) rule.remove();
      return { action: rule.action, done: () => rule.hit() };
    }
    return undefined;
  }
}

class CountedRule implements ActiveRule {
  readonly action: ProxyAction;
  readonly once: boolean;
  readonly remove: () => void;
  readonly #rule: ProxyRule;
  readonly #waiting = new Set<() => void>();
  #fitting = 0;
  #hits = 0;

  constructor(rule: ProxyRule, remove: () => void) {
    this.#rule = rule;
    this.action = rule.action;
    this.once = rule.once ?? false;
    this.remove = remove;
  }

  get hits(): number {
    return this.#hits;
  }

  takes(key: number): boolean {
    const { apiKey, every = 1, when } = this.#rule;
    if (apiKey !== 'any' && apiKey !== key) return false;
    this.#fitting += 1;
    return this.#fitting % every === 0 && when?.() !== false;
  }

  hit(): void {
    this.#hits += 1;
    for (const look of this.#waiting) look();
  }

  reached(count: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        this.#waiting.delete(look);
        signal.removeEventListener('abort', abort);
        end();
      };
      const look = () => (this.#hits >= count ? settle(resolve) : undefined);
      const abort = () => settle(() => reject(signal.reason));
      this.#waiting.add(look);
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
      look();
    });
  }
}
