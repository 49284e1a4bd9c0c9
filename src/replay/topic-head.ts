import type { RawRecord } from '../domain/record.ts';
import { eventTime } from './event-time.ts';
import type { HistoryCursor, HistoryRecord, HistoryStretch } from './history.ts';

/**
 * A topic's part of one partition, with the next of its records in hand.
 *
 * 1. Once it is filled, `current` is the next record, or undefined for good: the topic has ended.
 * 2. `taken`, the offset of the last record that was taken, only grows.
 */
export class TopicHead {
  readonly topic: string;
  /** Behind the last offset that belongs to the stretch. */
  readonly end: number;
  readonly #cursor: HistoryCursor;
  readonly #isTrusted: boolean;
  #records: readonly HistoryRecord[] = [];
  #at = 0;
  #hasEnded = false;
  #taken = -1;
  #timeMs = Number.NEGATIVE_INFINITY;
  /** The record that `#timeMs` was last brought up to. */
  #timed: HistoryRecord | undefined;

  constructor({ topic, to }: HistoryStretch, cursor: HistoryCursor, isTrusted: boolean) {
    this.topic = topic;
    this.end = to;
    this.#cursor = cursor;
    this.#isTrusted = isTrusted;
  }

  get current(): HistoryRecord | undefined {
    return this.#records[this.#at];
  }

  get taken(): number {
    return this.#taken;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get isFilled(): boolean {
    return this.#hasEnded || this.#at < this.#records.length;
  }

  /** Reads on; nothing may be in hand. */
  async fill(): Promise<void> {
    const records = await this.#cursor.read();
    this.#hasEnded = records === undefined;
    this.#records = records ?? [];
    this.#at = 0;
  }

  /** Takes the current record, which must be there. */
  take(): RawRecord {
    const record = this.current;
    if (record === undefined) throw new RangeError(`nothing is in hand of ${this.topic}`);
    const { offset, timestampMs, key, value, headers } = record;
    this.#at++;
    this.#taken = offset;
    const { topic } = this;
    const raw = { topic, offset, nextOffset: offset + 1, timestampMs, key, value, trusted: this.#isTrusted };
    return headers === undefined ? raw : { ...raw, headers };
  }

  /**
   * What the current record counts with when topics are merged: the highest `occurred_at` of the records that were merged,
   * it included, so that one that is late follows the one before it. Where none can be read the record's timestamp counts.
   */
  timeMs(): number {
    const record = this.current;
    if (record !== undefined && record !== this.#timed) {
      this.#timed = record;
      this.#timeMs = Math.max(this.#timeMs, eventTime(record.value) ?? record.timestampMs);
    }
    return this.#timeMs;
  }
}
