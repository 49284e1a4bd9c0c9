import type { InputFile } from './input-file.ts';
import type { Line } from './line-splitter.ts';

/** Consecutive lines of one file. */
export interface LineRun {
  readonly file: InputFile;
  readonly lines: readonly Line[];
}

/** One pass over the input: every line once, each file's lines in order. */
export interface Scan {
  /** The next lines of the pass; undefined at its end, which while following is only the end for now. */
  next(): Promise<readonly LineRun[] | undefined>;
  /** After `next` gave undefined: how far each file was read, by topic. */
  ends(): ReadonlyMap<string, number>;
  close(): void;
}
