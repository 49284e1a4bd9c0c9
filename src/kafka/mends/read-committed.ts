/**
 * Which batches of a fetched partition a reader of committed records sees.
 *
 * kafkajs 2.2.4 takes the list of aborted transactions as sorted and as one transaction a producer, and looks at each
 * message by itself: with several transactional producers on one partition it gives out records that were aborted. This is
 * the way of Kafka's own consumer (`CompletedFetch.nextFetchedRecord`, Apache Kafka 4).
 */

import type { DecodedBatch } from './record-batch-decoder.ts';

/** A transaction of a producer that was aborted, from its first offset in this partition on. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** The type in the key of a control record (after its version, int16) that ends a transaction as aborted. */
const ABORT = 0;
const TYPE_AT = 2;

/**
 * Looks at the batches of one response in their order.
 *
 * 1. `#aborting` holds the producers that are inside an aborted transaction: from its first offset to its abort marker.
 */
export class CommittedFilter {
  readonly #aborted: readonly AbortedTransaction[];
  readonly #aborting = new Set<number>();
  #next = 0;

  /** The list that came with the response, in any order. */
  constructor(aborted: readonly AbortedTransaction[]) {
    this.#aborted = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** True when the batch holds records for the reader: neither control records nor aborted ones. */
  admits(batch: DecodedBatch): boolean {
    for (let first = this.#aborted[this.#next]; first !== undefined; first = this.#aborted[this.#next]) {
      if (first.firstOffset > batch.lastOffset) break;
      this.#aborting.add(first.producerId);
      this.#next++;
    }
    if (batch.isControl) {
      if (isAbort(batch)) this.#aborting.delete(batch.producerId);
      return false;
    }
    return !(batch.isTransactional && this.#aborting.has(batch.producerId));
  }
}

function isAbort(batch: DecodedBatch): boolean {
  const key = batch.records()[0]?.key;
  if (key === undefined || key === null || key.length < TYPE_AT + 2) return false;
  return new DataView(key.buffer, key.byteOffset).getInt16(TYPE_AT) === ABORT;
}
