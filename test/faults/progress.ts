/**
 * How far a run has come, as a reader sees it, and how long it did not move although there was something to do: from the first
 * record that was settled on, since whoever judges may be started long after the load. `nowMs` is a clock that never goes back.
 */
export class SeenProgress {
  settled = 0;
  readonly #nowMs: () => number;
  #inputs = 0;
  #longestMs = 0;
  /** When it last moved, or when there was something to do again; undefined: there is nothing. */
  #sinceMs: number | undefined;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** One more committed input is there. */
  inputSeen(): void {
    this.#inputs++;
    if (this.settled > 0 && this.#inputs > this.settled) this.#sinceMs ??= this.#nowMs();
  }

  /** One more was judged. */
  settledSeen(): void {
    const nowMs = this.#nowMs();
    this.settled++;
    this.#longestMs = Math.max(this.#longestMs, nowMs - (this.#sinceMs ?? nowMs));
    this.#sinceMs = this.#inputs > this.settled ? nowMs : undefined;
  }

  /** The longest time, the present one too. */
  longestStandstillMs(): number {
    const nowMs = this.#nowMs();
    return Math.max(this.#longestMs, nowMs - (this.#sinceMs ?? nowMs));
  }
}
