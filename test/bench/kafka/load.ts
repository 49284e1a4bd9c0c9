import type { Latencies } from './latencies.ts';

/** What the load is told. Events are numbered through, over all orders of a run. */
export interface LoadOrder {
  readonly ratePerSecond: number;
  readonly events: number;
  readonly first: number;
  /** When the first is due (`clock.ts`). */
  readonly startUs: number;
}

/** When everything was acknowledged. */
export interface LoadReport {
  /** From an event's moment to its sending. */
  readonly lateness: Latencies;
}

/** What the reader is told: count these events as they become readable, those from `measuredFrom` on into the histogram. */
export interface ReadOrder {
  readonly first: number;
  readonly events: number;
  readonly measuredFrom: number;
  readonly timeoutMs: number;
}

/** When all were seen, or time was up. */
export interface ReadReport {
  readonly latencies: Latencies;
  readonly seen: number;
  readonly doubled: number;
  /** Events a second, over what arrived from two fifths to nine tenths of all. */
  readonly arrivalsPerSecond: number;
}
