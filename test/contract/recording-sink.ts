import type { RawRecord } from '../../src/domain/record.ts';
import type { Assignment, SourceSink } from '../../src/pipeline/ports.ts';

/** A sink that keeps everything it is told, and lets a test wait for it. */
export class RecordingSink implements SourceSink {
  readonly assignments: { readonly partitions: readonly number[]; readonly assignment: Assignment }[] = [];
  readonly revocations: (readonly number[])[] = [];
  readonly batches: { readonly partition: number; readonly records: readonly RawRecord[] }[] = [];
  /** What `records` answers. */
  room: (partition: number) => number = () => 1_000_000;
  #waiters: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  assigned(partitions: readonly number[], assignment: Assignment): void {
    this.assignments.push({ partitions, assignment });
    this.#check();
  }

  revoked(partitions: readonly number[]): void {
    this.revocations.push(partitions);
    this.#check();
  }

  records(partition: number, records: readonly RawRecord[]): number {
    this.batches.push({ partition, records });
    this.#check();
    return this.room(partition);
  }

  /** Everything delivered of a partition, in order. */
  of(partition: number): RawRecord[] {
    return this.batches.filter((batch) => batch.partition === partition).flatMap((batch) => batch.records);
  }

  /** The same as text. */
  valuesOf(partition: number): string[] {
    return this.of(partition).map((record) => Buffer.from(record.value ?? []).toString('utf8'));
  }

  count(): number {
    return this.batches.reduce((sum, batch) => sum + batch.records.length, 0);
  }

  /** Resolves as soon as the condition holds after a call of the source. */
  async until(isMet: () => boolean): Promise<void> {
    if (isMet()) return;
    await new Promise<void>((resolve) => this.#waiters.push({ isMet, resolve }));
  }

  #check(): void {
    const met = this.#waiters.filter((waiter) => waiter.isMet());
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const waiter of met) waiter.resolve();
  }
}
