import type { RecordHeader } from '../domain/record.ts';

/** What a replay needs of topics: what they hold, by partition, each topic's records in their order. */

/** A record as it lies in its topic. */
export interface HistoryRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[] | undefined;
}

/** A stretch of a topic's partition: from `from` up to, and without, `to`. */
export interface HistoryStretch {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Goes through a stretch once. */
export interface HistoryCursor {
  /** The next records, at least one; undefined at the end. */
  read(): Promise<readonly HistoryRecord[] | undefined>;
}

/** Topics that do not change while they are read: each reading of a stretch gives the same records. */
export interface History {
  /** What is to be read of the partition: all that was there when the history was opened. */
  stretch(topic: string, partition: number): HistoryStretch;
  read(stretch: HistoryStretch, signal: AbortSignal): HistoryCursor;
}

/** Which topics are judged. */
export interface HistoryTopics {
  readonly events: readonly string[];
  /** Its records are trusted. */
  readonly control?: string | undefined;
  /** Says in which order a live run judged them. */
  readonly audit?: string | undefined;
}
