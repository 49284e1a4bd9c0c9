import type { RawRecord } from '../domain/record.ts';
import type { Positions, SourceSink } from '../pipeline/ports.ts';
import { contradiction } from './disk-error.ts';
import type { Line } from './line-splitter.ts';

/** Most bytes handed to the sink at once. */
const DELIVERY_BYTES = 256 * 1024;
/** What a waiting record costs beside its value. */
const RECORD_OVERHEAD_BYTES = 200;

/**
 * One partition's place in the input, and the records that wait until the sink can take them.
 *
 * 1. `#next` moves only when records are handed to the sink: what waits can be dropped and read again.
 * 2. Nothing is handed out before `start`, nor while `#held` (the sink said `pause`) or `#full` (it has no room).
 * 3. `covered` is true when the running scan has shown this feed every record since `#next`.
 */
export class PartitionFeed {
  readonly partition: number;
  #started = false;
  #held = false;
  #full = false;
  #room = DELIVERY_BYTES;
  #next = new Map<string, number>();
  #waiting: RawRecord[] = [];
  #waitingBytes = 0;
  covered = false;

  constructor(partition: number) {
    this.partition = partition;
  }

  get started(): boolean {
    return this.#started;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get positions(): Positions {
    return this.#next;
  }

  nextOf(topic: string): number {
    return this.#next.get(topic) ?? 0;
  }

  /** Begins anew at `positions`. A `pause` stays in force; lack of room was about what was delivered before. */
  start(positions: Positions, covered: boolean): void {
    this.drop();
    this.#started = true;
    this.#next = new Map(positions);
    this.covered = covered;
    this.#full = false;
    this.#room = DELIVERY_BYTES;
  }

  pause(): void {
    this.#held = true;
  }

  resume(): void {
    this.#held = false;
    this.#full = false;
    this.#room = DELIVERY_BYTES;
  }

  /** Whether a line of this partition is still to be delivered. `position_contradicts` when the position lies inside it. */
  wants(topic: string, line: Line): boolean {
    if (!this.#started) return false;
    const next = this.nextOf(topic);
    if (next <= line.start) return true;
    // A last line without a line feed ends one byte earlier than the same line once its line feed was written.
    if (next >= line.next - 1) return false;
    throw contradiction(
      `partition ${this.partition} was read up to byte ${next}, which is inside a line`,
      topic,
      'input files only grow: put the file back, and give new content a new name',
    );
  }

  push(record: RawRecord): void {
    this.#waiting.push(record);
    this.#waitingBytes += sizeOf(record);
  }

  /** Hands over what waits, as far as the sink takes it. The sink may call back into the source meanwhile. */
  deliver(sink: SourceSink): void {
    while (this.#waiting.length > 0 && !this.#held && !this.#full) {
      const records = this.#take();
      for (const { topic, nextOffset } of records) this.#next.set(topic, nextOffset);
      this.#room = sink.records(this.partition, records);
      if (this.#room <= 0) this.#full = true;
    }
  }

  /** Forgets what waits. What the scan has passed without leaving anything here need not be read again. */
  drop(scanned: Positions = new Map()): void {
    if (this.#waiting.length === 0 && this.covered) {
      for (const [topic, offset] of scanned) {
        if (offset > this.nextOf(topic)) this.#next.set(topic, offset);
      }
    }
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** Records from the front, within the room there is, at least one. */
  #take(): RawRecord[] {
    const most = Math.min(this.#room, DELIVERY_BYTES);
    let bytes = 0;
    let count = 0;
    for (const record of this.#waiting) {
      if (count > 0 && bytes + sizeOf(record) > most) break;
      bytes += sizeOf(record);
      count += 1;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}

function sizeOf(record: RawRecord): number {
  return (record.value?.byteLength ?? 0) + RECORD_OVERHEAD_BYTES;
}
