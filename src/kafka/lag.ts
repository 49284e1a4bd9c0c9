import type { AdapterMetrics } from '../domain/metrics.ts';
import type { NextOffset } from './transaction-protocol.ts';

/**
 * How far what is committed lies behind the input. One number a topic and partition; both sides of it are remembered,
 * since high watermarks come with fetches and positions with commits.
 */
export class Lag {
  readonly #metrics: AdapterMetrics;
  readonly #ends = new Map<string, number>();
  readonly #positions = new Map<string, number>();

  constructor(metrics: AdapterMetrics) {
    this.#metrics = metrics;
  }

  /** A partition is read from here on. */
  started(topic: string, partition: number, offset: number): void {
    this.#positions.set(`${topic}/${partition}`, offset);
  }

  highWatermark(topic: string, partition: number, offset: number): void {
    this.#ends.set(`${topic}/${partition}`, offset);
    this.#tell(topic, partition);
  }

  committed(offsets: readonly NextOffset[]): void {
    for (const { topic, partition, offset } of offsets) {
      this.#positions.set(`${topic}/${partition}`, offset);
      this.#tell(topic, partition);
    }
  }

  /** The partition is another process's: its lag is not ours to tell. */
  revoked(topic: string, partition: number): void {
    this.#ends.delete(`${topic}/${partition}`);
    this.#positions.delete(`${topic}/${partition}`);
    this.#metrics.lagGone(topic, partition);
  }

  #tell(topic: string, partition: number): void {
    const end = this.#ends.get(`${topic}/${partition}`);
    const position = this.#positions.get(`${topic}/${partition}`);
    if (end === undefined || position === undefined) return;
    this.#metrics.lag(topic, partition, Math.max(0, end - position));
  }
}
