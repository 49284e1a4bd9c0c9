import type { RawRecord } from '../domain/record.ts';
import type { Charge, Notice } from '../lanes/messages.ts';
import type { Assignment, Positions } from './ports.ts';

/** Most audit notices that wait for one partition; of more the latest stay. The log has all of them. */
const MAX_NOTICES = 16;

/** What is held against one record, and the position that follows it. */
interface KnownTrouble {
  readonly topic: string;
  readonly nextOffset: number;
  readonly charges: readonly Charge[];
}

/**
 * One partition that this process owns.
 *
 * 1. `epoch` is new with each takeover: what carries an older one is dropped wherever it turns up.
 * 2. `judged` is the position behind the last record whose outcome is in hand; it is committed with that outcome.
 *    `delivered` is at or behind it: what lies between is with the lane.
 * 3. What is known to be wrong with a record (a policy never answered for it) survives takeovers and assignments that
 *    follow each other, until it is committed.
 */
export class OwnedPartition {
  readonly partition: number;
  assignment: Assignment;
  epoch = 0;
  isRunning = false;
  isPaused = false;
  /** Takeovers of this assignment that failed since the last one that did not. */
  failedTakeovers = 0;
  /** Bytes of records in hand: delivered, not yet committed. */
  bytesInHand = 0;
  judged: Positions = new Map();
  /** The position behind the last record that the source delivered. */
  #delivered = new Map<string, number>();
  /** Wait for the partition's next batch. */
  #notices: readonly Notice[];
  /** Are in a batch that is not committed yet: they come again when it is lost. */
  #sentNotices: readonly Notice[] = [];
  readonly #troubles: Map<string, KnownTrouble>;
  /** Deaths of a worker at a record, by record: one may be chance, two are the record's doing. */
  readonly #deaths: Map<string, number>;

  /** `previous` is the same partition under the assignment before, when it was never given up. */
  constructor(partition: number, assignment: Assignment, previous?: OwnedPartition) {
    this.partition = partition;
    this.assignment = assignment;
    this.#troubles = previous === undefined ? new Map() : previous.#troubles;
    this.#deaths = previous === undefined ? new Map() : previous.#deaths;
    this.#notices = previous === undefined ? [] : [...previous.#sentNotices, ...previous.#notices];
  }

  /** Ends the epoch's work: nothing is in hand any more. */
  beginAnew(): void {
    this.isRunning = false;
    this.bytesInHand = 0;
    this.#notices = [...this.#sentNotices, ...this.#notices].slice(-MAX_NOTICES);
    this.#sentNotices = [];
  }

  addNotice(notice: Notice): void {
    this.#notices = [...this.#notices, notice].slice(-MAX_NOTICES);
  }

  /** Puts first what the chain must say about its policies, in place of what it was to say before. */
  setRevisionNotice(notice: Notice | undefined): void {
    const others = this.#notices.filter(({ kind }) => kind === 'worker_restarted');
    this.#notices = notice === undefined ? others : [notice, ...others];
  }

  /** The notices for the batch that is being made. */
  takeNotices(): readonly Notice[] {
    const taken = this.#notices;
    if (taken.length > 0) {
      this.#sentNotices = [...this.#sentNotices, ...taken];
      this.#notices = [];
    }
    return taken;
  }

  get hasTrouble(): boolean {
    return this.#troubles.size > 0;
  }

  chargesOf(record: RawRecord): readonly Charge[] {
    return this.#troubles.get(placeOf(record))?.charges ?? [];
  }

  /** Adds to what is held against the record: another policy may hang over it next. */
  charge(record: RawRecord, charge: Charge): void {
    const { topic, nextOffset } = record;
    this.#troubles.set(placeOf(record), { topic, nextOffset, charges: [...this.chargesOf(record), charge] });
  }

  /** Counts one more death of a worker at this record. */
  countDeath(record: RawRecord): number {
    const deaths = (this.#deaths.get(placeOf(record)) ?? 0) + 1;
    this.#deaths.set(placeOf(record), deaths);
    return deaths;
  }

  /** Where the partition's work begins. */
  begin(positions: Positions): void {
    this.judged = positions;
    this.#delivered = new Map(positions);
    this.failedTakeovers = 0;
    this.isRunning = true;
  }

  get delivered(): Positions {
    return this.#delivered;
  }

  /** Takes records into hand. */
  deliver(records: readonly RawRecord[]): void {
    for (const [i, record] of records.entries()) {
      this.bytesInHand += bytesOf(record);
      if (records[i + 1]?.topic !== record.topic) this.#delivered.set(record.topic, record.nextOffset);
    }
  }

  /** Moves `judged` behind these records; returns it. */
  advance(records: readonly RawRecord[]): Positions {
    const positions = new Map(this.judged);
    for (const { topic, nextOffset } of records) positions.set(topic, nextOffset);
    this.judged = positions;
    return positions;
  }

  /** Forgets the troubles of records that are committed. */
  settle(committed: Positions): void {
    this.#sentNotices = [];
    if (this.#troubles.size === 0 && this.#deaths.size === 0) return;
    this.#deaths.clear();
    for (const [place, { topic, nextOffset }] of this.#troubles) {
      if ((committed.get(topic) ?? 0) >= nextOffset) this.#troubles.delete(place);
    }
  }
}

function placeOf(record: RawRecord): string {
  return `${record.topic}/${record.offset}`;
}

/** Bytes that a record holds while it is in hand: its value and headers, and what their objects cost. */
export function bytesOf({ value, headers }: RawRecord): number {
  const bytes = (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
  if (headers === undefined) return bytes;
  return headers.reduce((sum, header) => sum + (header.value?.length ?? 0) + HEADER_OVERHEAD_BYTES, bytes);
}

const RECORD_OVERHEAD_BYTES = 200;
const HEADER_OVERHEAD_BYTES = 150;
