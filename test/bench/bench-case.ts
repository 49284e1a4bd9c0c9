/** What every bench is called with. */
export interface BenchOptions {
  /** For trying a bench, not for figures: everything small, at most 20 s. */
  readonly quick: boolean;
  /** Ends the bench: it stops what it started and throws the signal's reason. */
  readonly signal: AbortSignal;
  /** Tells whoever waits what is being measured now; nothing of it is kept. */
  log(line: string): void;
}

/** One side of a comparison, as measured. Its name is unique in its case. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** What a ratio must reach. Both ends may be there; an end that is missing asks for nothing. */
export interface Goal {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Two figures of one run divided: what survives another machine. Its name is unique in its case. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly goal?: Goal;
  /** The direction in which `--check` sees a loss. */
  readonly higherIsBetter: boolean;
}

/** What a bench found. */
export interface BenchResult {
  /** Both sides of every comparison, in the order in which they are read. */
  readonly figures: readonly Figure[];
  readonly ratios: readonly Ratio[];
  /** How it was measured, what was not, and what was seen. A sentence or two each. */
  readonly notes: readonly string[];
}

/** One bench: its baseline runs in the same run. */
export interface BenchCase {
  /** What `--only` calls it: a lower-case word or two with hyphens. */
  readonly name: string;
  /** What it measures, as a heading. */
  readonly title: string;
  /** Throws when it cannot measure; what merely cannot be compared is a note. */
  run(options: BenchOptions): Promise<BenchResult>;
}
