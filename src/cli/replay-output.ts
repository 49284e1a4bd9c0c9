import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { TollgateError } from '../domain/errors.ts';
import type { DeadLetter } from '../domain/output.ts';
import type { RawRecord } from '../domain/record.ts';
import { deadLetterLine } from '../files/dead-letter-lines.ts';
import { createPrintFilter } from '../replay/print-filter.ts';
import type { ReplaySink } from '../replay/replay-log.ts';
import type { ReplayFlags } from './replay-flags.ts';
import { printable, type Terminal } from './terminal.ts';

/** Bad lines that are shown when there is no file for them. */
const SHOWN_LETTERS = 5;

/** How a replay speaks of its input. */
export interface InputWords {
  /** What could not be read: `lines`. */
  readonly units: string;
  placeOf(record: RawRecord, partition: number): string;
  /** All of the input. */
  readonly where: string;
}

export const LINES: Omit<InputWords, 'where'> = {
  units: 'lines',
  // Of files, records of Avro's alone name a schema.
  placeOf: ({ topic, offset, schema }) => `${topic} at ${schema === undefined ? 'byte' : 'record'} ${offset}`,
};

export const RECORDS: Omit<InputWords, 'where'> = {
  units: 'records',
  placeOf: ({ topic, offset }, partition) => `${topic}/${partition}/${offset}`,
};

/** Where the results of a replay go: decisions to a file or standard output, bad lines to a file or standard error. */
export class ReplayOutput implements ReplaySink {
  readonly #flags: ReplayFlags;
  readonly #terminal: Terminal;
  readonly #words: InputWords;
  readonly #signal: AbortSignal;
  readonly #decisions: NodeJS.WritableStream;
  readonly #letters: NodeJS.WritableStream | undefined;
  readonly #isPrinted: (text: string) => boolean;
  #badLines = 0;
  #full = false;
  #error: Error | undefined;

  constructor(flags: ReplayFlags, terminal: Terminal, words: InputWords, signal: AbortSignal) {
    this.#signal = signal;
    const { out, deadLetter, since: sinceMs, until: untilMs, run: runs, session: sessions } = flags;
    this.#flags = flags;
    this.#terminal = terminal;
    this.#words = words;
    this.#decisions = out === undefined ? terminal.out.stream : this.#open(out);
    this.#letters = deadLetter === undefined ? undefined : this.#open(deadLetter);
    this.#isPrinted = createPrintFilter({ sinceMs, untilMs, runs, sessions });
  }

  decision(text: string, partition: number): void {
    const { partitions } = this.#flags;
    if (partitions !== undefined && !partitions.includes(partition)) return;
    if (this.#isPrinted(text)) this.#full = !this.#decisions.write(`${text}\n`);
  }

  deadLetter(letter: DeadLetter, record: RawRecord, partition: number): void {
    this.#badLines++;
    if (this.#letters !== undefined) this.#letters.write(`${deadLetterLine(letter, record, partition)}\n`);
    else if (this.#badLines <= SHOWN_LETTERS) this.#show(letter, record, partition);
  }

  /** Waits until what was written has gone; throws `output_unwritable` when it cannot go. */
  async ready(): Promise<void> {
    this.#check();
    if (!this.#full) return;
    this.#full = false;
    await once(this.#decisions, 'drain', { signal: this.#signal });
  }

  async close(): Promise<void> {
    for (const stream of [this.#decisions, this.#letters]) {
      if (stream === undefined || stream === this.#terminal.out.stream) continue;
      stream.end();
      await finished(stream).catch((thrown: Error) => {
        this.#error ??= thrown;
      });
    }
  }

  /** The last word: `input_unreadable` when lines were bad, unless they are tolerated. */
  finish(): void {
    this.#check();
    const { tolerateBad, deadLetter } = this.#flags;
    if (this.#badLines === 0 || tolerateBad === true) return;
    const { units, where } = this.#words;
    const shown = deadLetter === undefined ? 'write them to a file with --dead-letter' : `see ${deadLetter}`;
    throw new TollgateError('input_unreadable', `${this.#badLines} ${units} could not be read as events`, {
      where,
      next: `${shown}; --tolerate-bad ends with 0`,
    });
  }

  #show({ code, message }: DeadLetter, record: RawRecord, partition: number): void {
    const place = this.#words.placeOf(record, partition);
    this.#terminal.err.write(`${printable(`${place}: ${code}: ${message}`)}\n`);
  }

  #check(): void {
    if (this.#error === undefined) return;
    throw new TollgateError('output_unwritable', `cannot write: ${this.#error.message}`, {
      where: this.#flags.out ?? this.#flags.deadLetter ?? 'standard output',
      next: 'free disk space or choose another file',
      cause: this.#error,
    });
  }

  #open(path: string): NodeJS.WritableStream {
    const stream = createWriteStream(path);
    stream.on('error', (error) => {
      this.#error ??= error;
    });
    return stream;
  }
}
