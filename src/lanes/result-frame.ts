import type { OutputBlock, StateRecord } from '../domain/output.ts';
import type { BlockPlace, SegmentResult } from './messages.ts';
import type { OutBuffer } from './out-buffer.ts';

/** The three kinds of output that a worker collects for one segment. */
export interface SegmentOutputs {
  readonly decisions: OutBuffer;
  readonly audit: OutBuffer;
  readonly sessions: OutBuffer;
}

/** A segment's outputs in one buffer that can be transferred, and where each kind lies in it. */
export type PackedOutputs = Pick<SegmentResult, 'buffer' | 'decisions' | 'audit' | 'sessions'>;

const CELLS_AN_OUTPUT = 3;
const CELLS_A_SESSION = 4;

/** Copies what was collected into one buffer: all indices first (they must lie at multiples of four), then all bytes. */
export function packOutputs(outputs: SegmentOutputs): PackedOutputs {
  const kinds = [outputs.decisions, outputs.audit, outputs.sessions] as const;
  const cells = kinds.reduce((sum, kind) => sum + kind.cells, 0);
  const size = kinds.reduce((sum, kind) => sum + kind.size, 0);
  const buffer = new ArrayBuffer(cells * Int32Array.BYTES_PER_ELEMENT + size);
  const places: BlockPlace[] = [];
  let indexAt = 0;
  let bytesAt = cells * Int32Array.BYTES_PER_ELEMENT;
  for (const kind of kinds) {
    const place = { cells: kind.cells, indexStart: indexAt, bytesStart: bytesAt };
    indexAt = kind.copyIndex(buffer, indexAt);
    bytesAt = kind.copyBytes(buffer, bytesAt);
    places.push({ ...place, bytesEnd: bytesAt });
  }
  const [decisions, audit, sessions] = places as [BlockPlace, BlockPlace, BlockPlace];
  return { buffer, decisions, audit, sessions };
}

/** The outputs of one kind as views into the segment's buffer. */
export function readBlock(buffer: ArrayBuffer, place: BlockPlace): OutputBlock {
  return {
    count: place.cells / CELLS_AN_OUTPUT,
    bytes: new Uint8Array(buffer, place.bytesStart, place.bytesEnd - place.bytesStart),
    index: new Int32Array(buffer, place.indexStart, place.cells),
  };
}

/** The changed sessions; values are views into the segment's buffer. */
export function readSessions(buffer: ArrayBuffer, place: BlockPlace): StateRecord[] {
  const index = new Int32Array(buffer, place.indexStart, place.cells);
  const bytes = Buffer.from(buffer, place.bytesStart, place.bytesEnd - place.bytesStart);
  const records: StateRecord[] = [];
  for (let cell = 0; cell < index.length; cell += CELLS_A_SESSION) {
    const [idStart, idEnd, start, end] = index.subarray(cell, cell + CELLS_A_SESSION) as unknown as number[];
    const value = (start as number) < 0 ? null : bytes.subarray(start, end);
    records.push({ sessionId: bytes.toString('utf8', idStart, idEnd), value });
  }
  return records;
}
