/** Outputs of one kind for one partition, in judged order. */
export interface OutputBlock {
  readonly count: number;
  /** The values, one after another, each followed by a line feed (which is no part of the value). */
  readonly bytes: Uint8Array;
  /**
   * Per output three numbers: index into `sources` (−1: it concerns the whole process), start and end of its value in
   * `bytes`. An output has the key of its source.
   */
  readonly index: Int32Array;
}

/** A record that could not be read as an event. Its key and value go out untouched. */
export interface DeadLetter {
  /** Index into `sources`. */
  readonly source: number;
  readonly code: string;
  /** Never holds payload. */
  readonly message: string;
}

/** A session's new state, or `value: null` when it is gone. */
export interface StateRecord {
  readonly sessionId: string;
  readonly value: Uint8Array | null;
}
