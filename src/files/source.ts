import type { RawRecord } from '../domain/record.ts';
import type { Positions, Source, SourceSink } from '../pipeline/ports.ts';
import { Bell } from './bell.ts';
import { diskChanges } from './changes.ts';
import { contradiction } from './disk-error.ts';
import { FileSchemas } from './file-schemas.ts';
import { FollowScan } from './follow-scan.ts';
import { type InputFile, listInputs, pathsOf } from './input-file.ts';
import { recordKey } from './line-facts.ts';
import type { Line } from './line-splitter.ts';
import { MergeScan } from './merge-scan.ts';
import { PartitionFeed } from './partition-feed.ts';
import type { LineRun, Scan } from './scan.ts';
import { SequenceScan } from './sequence-scan.ts';
import type { FileSourceOptions } from './source-options.ts';

const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
const POLL_INTERVAL_MS = 500;

/**
 * A source over files: each is a topic. A record's offset is its line's byte offset (decompressed), or in an Avro file its
 * number.
 */
export function openFileSource(options: FileSourceOptions): Source {
  return new FileSource(options);
}

/**
 * Delivers lines to the partitions that their session ids hash to (none: partition 0, without a key).
 *
 * 1. One scan reads for all partitions. It ends early, and another begins, when a partition is started at a position that
 *    the scan has passed; each partition skips what it was handed already.
 * 2. `#scanned` says how far the scan has been distributed. Every started partition that is `covered` was shown all lines
 *    before that.
 * 3. A finite scan begins at the first byte of every file, so that order and `ordinal` do not depend on where anyone
 *    started; while following, it begins at the least position of all partitions.
 * 4. `run` may be called again after it ended: it is a new assignment with a higher epoch.
 */
class FileSource implements Source {
  readonly #options: FileSourceOptions;
  readonly #bell = new Bell();
  #feeds: PartitionFeed[] = [];
  #epoch = 0;
  #scanned = new Map<string, number>();
  /** The least offset that the running scan shows of each topic; absent: 0. */
  #floor: Positions = new Map();
  /** A partition wants what the running scan has passed. */
  #behind = false;
  #changed = false;
  #ordinal = 0;
  readonly #schemas = new FileSchemas();

  constructor(options: FileSourceOptions) {
    this.#options = options;
  }

  async run(sink: SourceSink, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { partitions, follow, events, control } = this.#options;
    this.#feeds = Array.from({ length: partitions }, (_, partition) => new PartitionFeed(partition));
    this.#epoch += 1;
    this.#scanned = new Map();
    this.#floor = new Map();
    const onAbort = () => this.#bell.ring();
    signal.addEventListener('abort', onAbort, { once: true });
    const watched = control === undefined ? pathsOf(events) : [control, ...pathsOf(events)];
    const unwatch = follow ? this.#watch(watched) : undefined;
    try {
      sink.assigned(
        this.#feeds.map((feed) => feed.partition),
        { epoch: this.#epoch },
      );
      await this.#scanUntilDone(sink, signal);
    } finally {
      unwatch?.();
      signal.removeEventListener('abort', onAbort);
      for (const feed of this.#feeds) feed.drop();
      this.#feeds = [];
    }
  }

  start(partition: number, positions: Positions): void {
    const feed = this.#feeds[partition];
    if (feed === undefined) return;
    const topics = new Set([...this.#scanned.keys(), ...this.#floor.keys()]);
    const passed = [...topics].some((topic) => this.#passed(topic) > (positions.get(topic) ?? 0));
    if (passed) this.#behind = true;
    feed.start(positions, !this.#behind);
    this.#bell.ring();
  }

  pause(partition: number): void {
    this.#feeds[partition]?.pause();
  }

  resume(partition: number): void {
    this.#feeds[partition]?.resume();
    this.#bell.ring();
  }

  #watch(paths: readonly string[]): () => void {
    const { changes, pollIntervalMs } = this.#options;
    return (changes ?? diskChanges(pollIntervalMs ?? POLL_INTERVAL_MS)).watch(paths, () => {
      this.#changed = true;
      this.#bell.ring();
    });
  }

  async #scanUntilDone(sink: SourceSink, signal: AbortSignal): Promise<void> {
    const fixed = this.#options.follow ? undefined : await listInputs(this.#options);
    while (!signal.aborted && !this.#feeds.some((feed) => feed.started)) await this.#bell.wait();
    for (let done = false; !done && !signal.aborted; ) {
      const files = fixed ?? (await listInputs(this.#options));
      const scan = this.#beginScan(files);
      try {
        done = await this.#distribute(scan, sink, signal);
      } finally {
        scan.close();
      }
    }
  }

  #beginScan(files: readonly InputFile[]): Scan {
    for (const feed of this.#feeds) {
      feed.drop(this.#scanned);
      feed.covered = feed.started;
    }
    this.#behind = false;
    this.#scanned = new Map();
    this.#ordinal = 0;
    if (!this.#options.follow) {
      this.#floor = new Map();
      return this.#options.order === 'arrival'
        ? new SequenceScan(files, this.#options)
        : new MergeScan(files, this.#options);
    }
    this.#floor = leastPositions(this.#feeds.filter((feed) => feed.started));
    return new FollowScan(files, this.#options, (topic) => this.#floor.get(topic) ?? 0);
  }

  /** Hands out a scan's lines. True when the input has ended and all of it was delivered; false when the scan is stale. */
  async #distribute(scan: Scan, sink: SourceSink, signal: AbortSignal): Promise<boolean> {
    const stale = () => signal.aborted || this.#behind;
    while (!stale()) {
      this.#deliver(sink);
      if (this.#isFull()) {
        await this.#bell.wait();
        continue;
      }
      const runs = await scan.next();
      if (stale()) break;
      if (runs !== undefined) for (const run of runs) this.#route(run);
      else if (await this.#atEnd(scan, sink, signal)) return true;
    }
    return false;
  }

  /** Delivers what can be delivered and sleeps until something happened. True when nothing ever will. */
  async #atEnd(scan: Scan, sink: SourceSink, signal: AbortSignal): Promise<boolean> {
    this.#checkPositions(scan);
    this.#deliver(sink);
    if (signal.aborted || this.#behind) return false;
    if (!this.#options.follow && this.#feeds.every((feed) => feed.started && feed.waitingBytes === 0)) return true;
    if (!this.#changed) await this.#bell.wait();
    if (this.#changed && scan instanceof FollowScan) {
      this.#changed = false;
      scan.add(await listInputs(this.#options));
    }
    return false;
  }

  #deliver(sink: SourceSink): void {
    for (const feed of this.#feeds) feed.deliver(sink);
  }

  #isFull(): boolean {
    const waiting = this.#feeds.reduce((sum, feed) => sum + feed.waitingBytes, 0);
    return waiting > (this.#options.maxBufferedBytes ?? MAX_BUFFERED_BYTES);
  }

  #passed(topic: string): number {
    return this.#scanned.get(topic) ?? this.#floor.get(topic) ?? 0;
  }

  #route({ file, lines }: LineRun): void {
    const { codec, partitions } = this.#options;
    this.#schemas.add(file, lines[0]?.avro?.schema);
    for (const line of lines) {
      const key = recordKey(codec, line);
      const feed = this.#feeds[key === null ? 0 : codec.partitionOf(key, partitions)];
      if (feed?.wants(file.topic, line)) feed.push(this.#record(file, line, key));
      this.#ordinal += 1;
    }
    const last = lines.at(-1);
    if (last !== undefined) this.#scanned.set(file.topic, last.next);
  }

  #record(file: InputFile, line: Line, key: Uint8Array | null): RawRecord {
    const record: RawRecord = {
      topic: file.topic,
      offset: line.start,
      nextOffset: line.next,
      timestampMs: this.#options.now === undefined ? Date.now() : this.#options.now(),
      key,
      value: line.bytes,
      trusted: file.trusted,
    };
    if (this.#options.follow) return record;
    const { avro } = line;
    const named = avro === undefined ? undefined : { schema: avro.schema, valueBytes: avro.bytes };
    return { ...record, ...named, ordinal: this.#ordinal };
  }

  /** A position beyond the end of a file would skip lines that are still to come. */
  #checkPositions(scan: Scan): void {
    for (const [topic, end] of scan.ends()) {
      const beyond = this.#feeds.find((feed) => feed.started && feed.nextOf(topic) > end);
      if (beyond === undefined) continue;
      throw contradiction(
        `partition ${beyond.partition} was read up to ${beyond.nextOf(topic)}, the file ends at ${end}`,
        topic,
        'input files only grow: put the file back, and give new content a new name',
      );
    }
  }
}

/** Per topic the least position of all feeds; a topic that one of them has no position for is left out: it begins at 0. */
function leastPositions(feeds: readonly PartitionFeed[]): Positions {
  const least = new Map<string, number>();
  const [first, ...others] = feeds;
  for (const [topic, offset] of first?.positions ?? []) {
    least.set(topic, Math.min(offset, ...others.map((feed) => feed.nextOf(topic))));
  }
  return least;
}
