/**
 * What happens to a request. `refuse`: the connection is cut instead of delivering it. `swallow`: it is delivered, and the
 * connection is cut in place of its answer: what it asked for is done. `delay`: it, and what comes after it on its connection,
 * is delivered that much later.
 */
export type ProxyAction =
  | { readonly kind: 'refuse' }
  | { readonly kind: 'swallow' }
  | { readonly kind: 'delay'; readonly delayMs: number };

/** `apiKey` says which requests; with `once` only the next of them. */
export interface ProxyRule {
  readonly apiKey: number;
  readonly action: ProxyAction;
  readonly once?: boolean;
}

/** A rule that was added. */
export interface ActiveRule {
  /** How often it was carried out: connections cut, or requests delayed. */
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
      if (rule.apiKey !== apiKey) continue;
      if (rule.once) rule.remove();
      return { action: rule.action, done: () => rule.hit() };
    }
    return undefined;
  }
}

class CountedRule implements ActiveRule {
  readonly apiKey: number;
  readonly action: ProxyAction;
  readonly once: boolean;
  readonly remove: () => void;
  readonly #waiting = new Set<() => void>();
  #hits = 0;

  constructor({ apiKey, action, once = false }: ProxyRule, remove: () => void) {
    this.apiKey = apiKey;
    this.action = action;
    this.once = once;
    this.remove = remove;
  }

  get hits(): number {
    return this.#hits;
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
