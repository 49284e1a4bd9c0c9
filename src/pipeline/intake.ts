import type { RawRecord } from '../domain/record.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { Partitions } from './partitions.ts';
import type { Source } from './ports.ts';

/**
 * Passes records from the source to the lanes, and tells the source how much more it may bring.
 *
 * 1. Bytes in hand of a lane (delivered, not yet committed) are bounded: what exceeds `queueBytes` pauses the partition
 *    that brought it. One delivery may overshoot.
 * 2. A paused partition is resumed when its lane has come down to half of the bound, or when it is taken over anew.
 */
export class Intake {
  readonly #lanes: Lanes;
  readonly #partitions: Partitions;
  readonly #source: Source;
  readonly #queueBytes: number;

  constructor(lanes: Lanes, partitions: Partitions, source: Source, queueBytes: number) {
    this.#lanes = lanes;
    this.#partitions = partitions;
    this.#source = source;
    this.#queueBytes = queueBytes;
  }

  /** Takes records in; returns how many more bytes there is room for (see `SourceSink.records`). */
  records(partition: number, records: readonly RawRecord[]): number {
    const owned = this.#partitions.get(partition);
    if (owned === undefined || !owned.isRunning) return 0;
    owned.deliver(records);
    this.#lanes.enqueue({ partition, epoch: owned.epoch, records });
    const room = this.#queueBytes - this.#bytesInHand(partition);
    owned.isPaused = room <= 0;
    return room;
  }

  /** Records of this partition are committed: others of its lane may go on. */
  released(partition: number, bytes: number): void {
    const owned = this.#partitions.get(partition);
    if (owned !== undefined) owned.bytesInHand -= bytes;
    this.relieve(partition);
  }

  /** Resumes what is paused in the partition's lane, when there is room: also when it was given up, or begins anew. */
  relieve(partition: number): void {
    if (this.#bytesInHand(partition) > this.#queueBytes / 2) return;
    for (const other of this.#partitions.all()) {
      if (!other.isPaused || this.#lanes.laneOf(other.partition) !== this.#lanes.laneOf(partition)) continue;
      other.isPaused = false;
      this.#source.resume(other.partition);
    }
  }

  /** True when nothing is in hand. */
  get isEmpty(): boolean {
    for (const owned of this.#partitions.all()) if (owned.bytesInHand > 0) return false;
    return true;
  }

  #bytesInHand(partition: number): number {
    const lane = this.#lanes.laneOf(partition);
    let bytes = 0;
    for (const owned of this.#partitions.all()) {
      if (this.#lanes.laneOf(owned.partition) === lane) bytes += owned.bytesInHand;
    }
    return bytes;
  }
}
