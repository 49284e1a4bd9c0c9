import type { InputFile } from './input-file.ts';
import { type Input, type InputOptions, openInput } from './open-input.ts';
import type { LineRun, Scan } from './scan.ts';

/** Reads complete files from their beginnings, one after the other. */
export class SequenceScan implements Scan {
  readonly #files: readonly InputFile[];
  readonly #options: InputOptions;
  readonly #ends = new Map<string, number>();
  #at = 0;
  #current: Input | undefined;

  constructor(files: readonly InputFile[], options: InputOptions) {
    this.#files = files;
    this.#options = options;
  }

  async next(): Promise<readonly LineRun[] | undefined> {
    for (;;) {
      const file = this.#files[this.#at];
      if (file === undefined) return undefined;
      this.#current ??= openInput(file, this.#options);
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
