import type { InputFile } from './input-file.ts';
import { InputLines, type LineOptions } from './input-lines.ts';
import type { LineRun, Scan } from './scan.ts';

/**
 * Reads files that grow, as lines arrive. Control files are looked at before each chunk of events, so that an approval
 * that is there is seen first; event files take turns, so that none starves.
 */
export class FollowScan implements Scan {
  readonly #options: LineOptions;
  readonly #startOf: (topic: string) => number;
  readonly #control: InputLines[] = [];
  #events: InputLines[] = [];
  readonly #known = new Set<string>();

  /** `startOf` tells at which offset of a topic the pass begins. */
  constructor(files: readonly InputFile[], options: LineOptions, startOf: (topic: string) => number) {
    this.#options = options;
    this.#startOf = startOf;
    this.add(files);
  }

  /** Takes up the files that are new. */
  add(files: readonly InputFile[]): void {
    for (const file of files) {
      if (this.#known.has(file.topic)) continue;
      this.#known.add(file.topic);
      const lines = new InputLines(file, this.#startOf(file.topic), { ...this.#options, complete: false });
      (file.trusted ? this.#control : this.#events).push(lines);
    }
  }

  async next(): Promise<readonly LineRun[] | undefined> {
    for (const source of this.#control) {
      const lines = await source.read();
      if (lines !== undefined) return [{ file: source.file, lines }];
    }
    for (const [i, source] of this.#events.entries()) {
      const lines = await source.read();
      if (lines === undefined) continue;
      this.#events = [...this.#events.slice(i + 1), ...this.#events.slice(0, i + 1)];
      return [{ file: source.file, lines }];
    }
    return undefined;
  }

  ends(): ReadonlyMap<string, number> {
    return new Map([...this.#control, ...this.#events].map((source) => [source.file.topic, source.end]));
  }

  close(): void {
    for (const source of [...this.#control, ...this.#events]) source.close();
  }
}
