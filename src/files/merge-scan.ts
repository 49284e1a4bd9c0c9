import { TollgateError } from '../domain/errors.ts';
import type { InputFile } from './input-file.ts';
import { type LineCodec, recordTime } from './line-facts.ts';
import type { Line } from './line-splitter.ts';
import { type Input, type InputOptions, openInput } from './open-input.ts';
import type { LineRun, Scan } from './scan.ts';

/** Every file holds a chunk in memory while files are merged. */
const MAX_FILES = 1024;
/** Lines that `next` hands out at once. */
const BATCH_LINES = 1024;

/** A file with the next of its lines in hand. */
interface Head {
  readonly source: Input;
  /** The file's place in reading order: the smaller goes first at equal times. */
  readonly rank: number;
  lines: readonly Line[];
  at: number;
  /** The highest time of the file's lines up to this one. */
  timeMs: number;
}

/**
 * Merges complete files from their beginnings by (time, file, offset); no file is reordered. A line counts with the
 * highest `occurred_at` of its file up to and including it, so a line that is late or has no readable time follows the
 * line before it at once. The order depends on the content alone.
 */
export class MergeScan implements Scan {
  readonly #codec: LineCodec;
  readonly #sources: readonly Input[];
  /** Sorted; undefined until the first line of each file is known. */
  #heads: Head[] | undefined;

  constructor(files: readonly InputFile[], options: InputOptions) {
    if (files.length > MAX_FILES) throw tooMany(files.length);
    this.#codec = options.codec;
    this.#sources = files.map((file) => openInput(file, options));
  }

  async next(): Promise<readonly LineRun[] | undefined> {
    this.#heads ??= await this.#firstHeads();
    const heads = this.#heads;
    const runs: { file: InputFile; lines: Line[] }[] = [];
    for (let taken = 0; taken < BATCH_LINES; taken++) {
      const first = heads[0];
      const line = first?.lines[first.at];
      if (first === undefined || line === undefined) break;
      const run = runs.at(-1);
      if (run?.file === first.source.file) run.lines.push(line);
      else runs.push({ file: first.source.file, lines: [line] });
      if (!step(first)) await refill(first);
      this.#reorder(heads, first);
    }
    return runs.length === 0 ? undefined : runs;
  }

  ends(): ReadonlyMap<string, number> {
    return new Map(this.#sources.map((source) => [source.file.topic, source.end]));
  }

  close(): void {
    for (const source of this.#sources) source.close();
  }

  async #firstHeads(): Promise<Head[]> {
    const heads: Head[] = [];
    for (const [rank, source] of this.#sources.entries()) {
      const head: Head = { source, rank, lines: [], at: 0, timeMs: Number.NEGATIVE_INFINITY };
      await refill(head);
      if (head.lines.length > 0) heads.push(head);
    }
    for (const head of heads) this.#clock(head);
    return heads.sort((a, b) => (before(a, b) ? -1 : 1));
  }

  /** Puts the first head, which has moved on, where it now belongs. */
  #reorder(heads: Head[], first: Head): void {
    if (first.lines.length === 0) {
      heads.shift();
      return;
    }
    if (heads.length === 1) return;
    this.#clock(first);
    let at = 0;
    for (let after = heads[1]; after !== undefined && before(after, first); after = heads[at + 1]) {
      heads[at] = after;
      at += 1;
    }
    heads[at] = first;
  }

  #clock(head: Head): void {
    const line = head.lines[head.at];
    const timeMs = line === undefined ? undefined : recordTime(this.#codec, line);
    if (timeMs !== undefined && timeMs > head.timeMs) head.timeMs = timeMs;
  }
}

/** Goes to the next line in hand; false when there is none. */
function step(head: Head): boolean {
  head.at += 1;
  return head.at < head.lines.length;
}

/** Reads on; afterwards `lines` is empty when the file has ended. */
async function refill(head: Head): Promise<void> {
  head.lines = (await head.source.read()) ?? [];
  head.at = 0;
}

function before(a: Head, b: Head): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.rank < b.rank);
}

function tooMany(count: number): TollgateError {
  return new TollgateError('input_unreadable', `${count} input files, at most ${MAX_FILES} can be merged by time`, {
    next: 'join files (lines may be concatenated), or read them in smaller groups',
  });
}
