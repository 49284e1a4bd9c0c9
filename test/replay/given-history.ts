import { EMPTY_CHAIN } from '../../src/domain/decision.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import { chainRecord } from '../../src/judge/audit-record.ts';
import type { History, HistoryCursor, HistoryRecord, HistoryStretch } from '../../src/replay/history.ts';
import type { PartitionHistory } from '../../src/replay/partition-history.ts';

export const AUDIT = 'audit';
export const NEVER = new AbortController().signal;

/** A record of a topic's partition, as it was judged or not. */
export interface Place {
  readonly topic: string;
  readonly offset: number;
}

/** Topics in memory. A response has `fetchRecords` records. */
export class GivenHistory implements History {
  readonly #fetchRecords: number;
  readonly #partitions = new Map<string, { from: number; readonly records: HistoryRecord[] }>();
  /** Responses that were asked for. */
  fetches = 0;

  constructor(fetchRecords = 3) {
    this.#fetchRecords = fetchRecords;
  }

  /** Appends a record; `offset` may leave a gap. */
  append(topic: string, partition: number, record: Partial<HistoryRecord>): void {
    const { records } = this.#of(topic, partition);
    const offset = (records.at(-1)?.offset ?? -1) + 1;
    records.push({ offset, timestampMs: 0, key: null, value: null, ...record });
  }

  /** Deletes what lies before an offset, as retention does. */
  cut(topic: string, partition: number, from: number): void {
    const held = this.#of(topic, partition);
    held.from = from;
    held.records.splice(0, held.records.filter(({ offset }) => offset < from).length);
  }

  stretch(topic: string, partition: number): HistoryStretch {
    const { from, records } = this.#of(topic, partition);
    return { topic, partition, from, to: (records.at(-1)?.offset ?? from - 1) + 1 };
  }

  read({ topic, partition }: HistoryStretch): HistoryCursor {
    const { records } = this.#of(topic, partition);
    let at = 0;
    return {
      read: async () => {
        this.fetches++;
        const fetched = records.slice(at, at + this.#fetchRecords);
        at += fetched.length;
        return fetched.length === 0 ? undefined : fetched;
      },
    };
  }

  #of(topic: string, partition: number) {
    const name = `${topic}/${partition}`;
    const held = this.#partitions.get(name) ?? { from: 0, records: [] };
    this.#partitions.set(name, held);
    return held;
  }
}

/** Audit records of these records, in this order, behind one about the process. */
export function audited(partition: number, places: readonly Place[]): readonly Buffer[] {
  const at = '2025-06-03T08:00:00.000Z';
  let chained = chainRecord({ kind: 'policy_loaded', detailText: '{}' }, partition, EMPTY_CHAIN, at);
  const texts = [chained.text];
  for (const { topic, offset } of places) {
    const kind = offset % 5 === 0 ? 'duplicate_event' : 'decision';
    chained = chainRecord(
      { kind, source: { topic, partition, offset }, decisionText: '{}' },
      partition,
      chained.head,
      at,
    );
    texts.push(chained.text);
  }
  return texts.map((text) => Buffer.from(text));
}

/** An event that says when it was. */
export function eventAt(occurredAt: number | string): Buffer {
  return Buffer.from(JSON.stringify({ occurred_at: occurredAt }));
}

/** Everything of a partition, asked for in steps. */
export async function readAll(history: PartitionHistory, step = 4): Promise<readonly RawRecord[]> {
  const all: RawRecord[] = [];
  for (let records = await history.next(step); records.length > 0; records = await history.next(step)) {
    all.push(...records);
  }
  return all;
}

/** `topic/offset`, one after the other. */
export function placesOf(records: readonly Place[]): readonly string[] {
  return records.map(({ topic, offset }) => `${topic}/${offset}`);
}
