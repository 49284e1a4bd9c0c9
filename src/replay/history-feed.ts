import type { RawRecord } from '../domain/record.ts';
import type { Positions, SourceSink } from '../pipeline/ports.ts';

/** Most bytes handed to the sink at once. */
const DELIVERY_BYTES = 256 * 1024;
/** What a waiting record costs beside its value. */
const RECORD_OVERHEAD_BYTES = 200;

/**
 * One partition's place in the history, and the records that wait until the sink can take them.
 *
 * 1. `#next` moves only when records are handed to the sink: what waits can be dropped and read again.
 * 2. Nothing is handed out before `start`, nor while `#isHeld` (the sink said `pause`) or `#isFull` (it has no room).
 */
export class HistoryFeed {
  readonly partition: number;
  #isStarted = false;
  #isHeld = false;
  #isFull = false;
  #room = DELIVERY_BYTES;
  #next = new Map<string, number>();
  #waiting: RawRecord[] = [];
  #waitingBytes = 0;

  constructor(partition: number) {
    this.partition = partition;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Begins anew at `positions`. A `pause` stays in force; lack of room was about what was delivered before. */
  start(positions: Positions): void {
    this.drop();
    this.#isStarted = true;
    this.#next = new Map(positions);
    this.#isFull = false;
    this.#room = DELIVERY_BYTES;
  }

  pause(): void {
    this.#isHeld = true;
  }

  resume(): void {
    this.#isHeld = false;
    this.#isFull = false;
    this.#room = DELIVERY_BYTES;
  }

  /** Takes what was not handed to the sink yet. */
  push(records: readonly RawRecord[]): void {
    for (const record of records) {
      if (record.offset < (this.#next.get(record.topic) ?? 0)) continue;
      this.#waiting.push(record);
      this.#waitingBytes += sizeOf(record);
    }
  }

  /** Forgets what waits: it is read again. */
  drop(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** Hands over what waits, as far as the sink takes it. The sink may call back meanwhile. */
  deliver(sink: SourceSink): void {
    while (this.#waiting.length > 0 && !this.#isHeld && !this.#isFull) {
      const records = this.#take();
      for (const { topic, nextOffset } of records) this.#next.set(topic, nextOffset);
      this.#room = sink.records(this.partition, records);
      if (this.#room <= 0) this.#isFull = true;
    }
  }

  /** Records from the front, within the room there is, at least one. */
  #take(): RawRecord[] {
    const most = Math.min(this.#room, DELIVERY_BYTES);
    let bytes = 0;
    let count = 0;
    for (const record of this.#waiting) {
      if (count > 0 && bytes + sizeOf(record) > most) break;
      bytes += sizeOf(record);
      count++;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}

function sizeOf({ value }: RawRecord): number {
  return (value?.byteLength ?? 0) + RECORD_OVERHEAD_BYTES;
}
