import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * How long this thread stood still for the garbage collector within spans of work. Marking that it does in small steps between
 * collections is not told, nor what helper threads do: it is the least that collection took.
 */
export class CollectorTime {
  readonly #collections: Span[] = [];
  readonly #spans: Span[] = [];
  readonly #observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      this.#collections.push({ startMs: startTime, endMs: startTime + duration });
    }
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Does the work as one of the spans; returns how long it took, milliseconds. */
  during(work: () => void): number {
    const startMs = performance.now();
    work();
    const endMs = performance.now();
    this.#spans.push({ startMs, endMs });
    return endMs - startMs;
  }

  /** Milliseconds of collections within the spans. To be asked once: nothing is observed any more. */
  async take(): Promise<number> {
    // Collections are told in turns of the event loop after them.
    await setImmediate();
    await setImmediate();
    this.#observer.disconnect();
    const within = this.#collections.filter(({ startMs }) => this.#spans.some((span) => isIn(startMs, span)));
    return within.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  }
}

function isIn(ms: number, { startMs, endMs }: Span): boolean {
  return ms >= startMs && ms < endMs;
}
