import type { InputFile } from './input-file.ts';
import { InputLines, type LineOptions } from './input-lines.ts';
import type { LineRun, Scan } from './scan.ts';

/** Reads complete files from their beginnings, one after the other. */
export class SequenceScan implements Scan {
  readonly #files: readonly InputFile[];
  readonly #options: LineOptions;
  readonly #ends = new Map<string, number>();
  #at = 0;
  #current: InputLines | undefined;

  constructor(files: readonly InputFile[], options: LineOptions) {
    this.#files = files;
    this.#options = options;
  }

  async next(): Promise<readonly LineRun[] | undefined> {
    for (;;) {
      const file = this.#files[this.#at];
      if (file === undefined) return undefined;
      this.#current ??= new InputLines(file, 0, { ...this.#options, complete: true });
      const lines = await this.#current.read();
      if (lines !== undefined) return [{ file, lines }];
      this.#ends.set(file.topic, this.#current.end);
      this.close();
      this.#at += 1;
    }
  }

  ends(): ReadonlyMap<string, number> {
    return this.#ends;
  }

  close(): void {
    this.#current?.close();
    this.#current = undefined;
  }
}
