import type { WrittenBatch } from './transaction.ts';

/**
 * Where each partition of the changelog ends, by our own account: when the markers of all our transactions are in it.
 *
 * 1. A transaction adds its records and one marker. The marker of the one before may come to stand behind them, so that the
 *    end is counted and not read off the last record; of two before it cannot (`producer-pair.ts`).
 * 2. Where records do not lie as counted somebody else wrote: the end is unknown from then on.
 */
export class ChangelogEnds {
  readonly #topic: string;
  readonly #ends = new Map<number, number>();

  constructor(topic: string) {
    this.#topic = topic;
  }

  /** Undefined when it is not known. */
  of(partition: number): number | undefined {
    return this.#ends.get(partition);
  }

  /** The partition was read to here, and nothing was open in it. */
  restored(partition: number, end: number): void {
    this.#ends.set(partition, end);
  }

  /** One transaction's batches, of all topics, in any order; it was committed. */
  committed(batches: readonly WrittenBatch[]): void {
    const written = new Map<number, { readonly from: number; readonly records: number }>();
    for (const { topic, partition, baseOffset, records } of batches) {
      if (topic !== this.#topic) continue;
      const part = written.get(partition) ?? { from: baseOffset, records: 0 };
      written.set(partition, { from: Math.min(part.from, baseOffset), records: part.records + records });
    }
    for (const [partition, { from, records }] of written) {
      const end = this.#ends.get(partition);
      if (end !== undefined && (from === end || from === end - 1)) this.#ends.set(partition, end + records + 1);
      else this.#ends.delete(partition);
    }
  }

  /** What was committed last is unknown. */
  forget(): void {
    this.#ends.clear();
  }
}
