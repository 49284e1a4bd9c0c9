import type { OutRecord } from './mends/record-batch.ts';
import { RecordBatchBuilder } from './mends/record-batch.ts';
import type { PartitionBatches } from './transaction.ts';

/** The broker's own default for `max.message.bytes`. */
export const DEFAULT_MAX_BATCH_BYTES = 1_048_588;

/**
 * Collects a transaction's records into batches: per topic and partition as few as fit under the topic's
 * `max.message.bytes`, in the order in which they were added.
 */
export class OutputBatches {
  readonly #maxBatchBytes: ReadonlyMap<string, number>;
  readonly #batches = new Map<string, { topic: string; partition: number; batches: RecordBatchBuilder[] }>();

  /** `maxBatchBytes` by topic. */
  constructor(maxBatchBytes: ReadonlyMap<string, number>) {
    this.#maxBatchBytes = maxBatchBytes;
  }

  /** Where a partition's records go: to be kept while several are added. */
  into(topic: string, partition: number): (record: OutRecord) => void {
    const place = `${topic}/${partition}`;
    let part = this.#batches.get(place);
    if (part === undefined) {
      part = { topic, partition, batches: [] };
      this.#batches.set(place, part);
    }
    const { batches } = part;
    const maxBytes = this.#maxBatchBytes.get(topic) ?? DEFAULT_MAX_BATCH_BYTES;
    let open = batches.at(-1);
    return (record) => {
      if (open?.append(record) === true) return;
      open = new RecordBatchBuilder({ maxBytes });
      // A record that alone is too large is sent alone: the broker's refusal says what is to be done.
      open.append(record);
      batches.push(open);
    };
  }

  take(): readonly PartitionBatches[] {
    return [...this.#batches.values()];
  }
}
