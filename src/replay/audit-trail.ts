import { type AuditedPlace, auditedPlace } from './audited-place.ts';
import type { History, HistoryCursor, HistoryRecord, HistoryStretch } from './history.ts';

/** The audit records of one partition, as the order in which a live run judged. */
export class AuditTrail {
  readonly #cursor: HistoryCursor;
  #records: readonly HistoryRecord[] = [];
  #at = 0;

  constructor(cursor: HistoryCursor) {
    this.#cursor = cursor;
  }

  /** The next audit record's place; undefined at the end. What is no audit record says nothing and is passed over. */
  async next(): Promise<AuditedPlace | undefined> {
    for (;;) {
      const record = this.#records[this.#at++];
      if (record === undefined) {
        const records = await this.#cursor.read();
        if (records === undefined) return undefined;
        this.#records = records;
        this.#at = 0;
        continue;
      }
      const place = auditedPlace(record.value);
      if (place !== undefined) return place;
    }
  }
}

/** How an audit trail begins. */
export interface AuditBeginning {
  /** True when its first record is the first of its chain: nothing was judged before what it names. */
  readonly isWhole: boolean;
  /** Topic → the first offset that is named of it. */
  readonly first: ReadonlyMap<string, number>;
}

/** Reads on until all of these topics were named, or to the end. */
export async function readBeginning(
  history: History,
  stretch: HistoryStretch,
  topics: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<AuditBeginning> {
  const trail = new AuditTrail(history.read(stretch, signal));
  const first = new Map<string, number>();
  const start = await trail.next();
  for (let place = start; place !== undefined && first.size < topics.size; place = await trail.next()) {
    const { source } = place;
    if (source === undefined || source.partition !== stretch.partition) continue;
    if (topics.has(source.topic) && !first.has(source.topic)) first.set(source.topic, source.offset);
  }
  // A topic that holds nothing yet is a whole one, unless something was there and is gone.
  return { isWhole: start === undefined ? stretch.from === 0 : start.index === 0, first };
}
