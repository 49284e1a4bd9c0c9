import { createHistogram } from 'node:perf_hooks';

/** Latencies of one phase, milliseconds. */
export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const MAX_US = 600_000_000;
const US_PER_MS = 1_000;
const DIGITS = 3;

/** Collects latencies in an HdrHistogram (Node's own, of the C library): three digits, up to ten minutes. */
export class LatencyRecorder {
  readonly #histogram = createHistogram({ lowest: 1, highest: MAX_US, figures: DIGITS });

  record(us: number): void {
    this.#histogram.record(Math.min(MAX_US, Math.max(1, Math.round(us))));
  }

  /** What was recorded since the last call. */
  take(): Latencies {
    const histogram = this.#histogram;
    const at = (percentile: number) => histogram.percentile(percentile) / US_PER_MS;
    const count = histogram.count;
    const max = histogram.max / US_PER_MS;
    const taken = { count, p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max };
    histogram.reset();
    return taken;
  }
}
