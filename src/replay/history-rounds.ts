import type { RawRecord } from '../domain/record.ts';
import { joinRemarks, type OrderRemarks } from './order-remarks.ts';
import type { PartitionHistory } from './partition-history.ts';

/** Records of one partition, with their ordinals. */
export interface HistoryChunk {
  readonly partition: number;
  readonly records: readonly RawRecord[];
}

/**
 * Goes through all partitions in rounds: of each that has not ended a chunk of so many records, in the order of their
 * numbers. That is the order of the output; it depends on the records alone.
 */
export class HistoryRounds {
  readonly #partitions: readonly PartitionHistory[];
  readonly #chunkRecords: number;
  #round: PartitionHistory[];
  #left: PartitionHistory[] = [];
  #ordinal = 0;

  constructor(partitions: readonly PartitionHistory[], chunkRecords: number) {
    this.#partitions = partitions;
    this.#chunkRecords = chunkRecords;
    this.#round = [...partitions];
  }

  /** About what was read so far. */
  get remarks(): OrderRemarks {
    return joinRemarks(this.#partitions.map(({ remarks }) => remarks));
  }

  /** The next chunk; undefined when all partitions have ended. */
  async next(): Promise<HistoryChunk | undefined> {
    for (;;) {
      const history = this.#round.shift();
      if (history === undefined) {
        if (this.#left.length === 0) return undefined;
        this.#round = this.#left;
        this.#left = [];
        continue;
      }
      const records = await history.next(this.#chunkRecords);
      if (records.length === 0) continue;
      this.#left.push(history);
      const { partition } = history;
      return { partition, records: records.map((record) => ({ ...record, ordinal: this.#ordinal++ })) };
    }
  }
}
