/**
 * What a worker is at, written by it and read by the lane's watchdog through shared memory: four Int32.
 *
 * 1. `TURN` changes whenever the worker goes on to anything else: if it stays the same, the worker is still at it.
 * 2. `RECORD` and `POLICY` name what that is; both are written before `TURN`.
 * 3. `THREAD` is the kernel's number of the worker's thread, by which its CPU time is read; 0 while nobody knows it.
 */
const TURN = 0;
const RECORD = 1;
const POLICY = 2;
const THREAD = 3;
const CELLS = 4;

/** The worker is in Tollgate's own code. */
export const HOST_CODE = -1;
/** No record is being judged. */
export const NO_RECORD = -1;

/** A reading of what a worker is at. */
export interface Turn {
  readonly turn: number;
  /** Index over all records of the batch, segment after segment, or `NO_RECORD`. */
  readonly record: number;
  /** Index into the policies, or `HOST_CODE`. */
  readonly policy: number;
}

/** Memory for one worker's progress; a worker that has not begun is in Tollgate's own code. */
export function createProgress(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT);
  const cells = new Int32Array(memory);
  cells[RECORD] = NO_RECORD;
  cells[POLICY] = HOST_CODE;
  return memory;
}

/** The worker's end. */
export class ProgressWriter {
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  /** Says which of the kernel's threads this is. */
  thread(id: number): void {
    Atomics.store(this.#cells, THREAD, id);
  }

  enter(record: number, policy: number): void {
    Atomics.store(this.#cells, RECORD, record);
    Atomics.store(this.#cells, POLICY, policy);
    Atomics.add(this.#cells, TURN, 1);
  }
}

/** The kernel's number of the worker's thread, if it said so. */
export function threadOf(memory: SharedArrayBuffer): number | undefined {
  return Atomics.load(new Int32Array(memory), THREAD) || undefined;
}

/** The watchdog's end. */
export function readProgress(memory: SharedArrayBuffer): Turn {
  const cells = new Int32Array(memory);
  const turn = Atomics.load(cells, TURN);
  return { turn, record: Atomics.load(cells, RECORD), policy: Atomics.load(cells, POLICY) };
}
