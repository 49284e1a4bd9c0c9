import type { SegmentCounts } from '../domain/counts.ts';
import type { RawRecord } from '../domain/record.ts';
import type { SegmentResult } from '../lanes/messages.ts';
import { readBlock, readSessions } from '../lanes/result-frame.ts';
import { bytesOf, type OwnedPartition } from './owned-partition.ts';
import type { PartitionChanges } from './ports.ts';

/** What came of consecutive records of a partition, ready to be committed. It carries what settles it. */
export interface Outcome {
  readonly changes: PartitionChanges;
  /** The partition's epoch that it belongs to. */
  readonly epoch: number;
  readonly counts: SegmentCounts;
  /** Bytes of its outputs, sessions included. */
  readonly outputBytes: number;
  /** Bytes that are no longer in hand once it is committed: records and outputs. */
  readonly bytes: number;
}

/** Makes a lane's result ready to be committed; moves the partition's position behind it, and counts its bytes in hand. */
export function outcomeOf(
  result: SegmentResult,
  records: readonly RawRecord[],
  owned: OwnedPartition,
  policyRevision: string,
): Outcome {
  const { buffer, chain, clockMs, counts } = result;
  const changes: PartitionChanges = {
    partition: owned.partition,
    assignment: owned.assignment,
    sources: records,
    decisions: readBlock(buffer, result.decisions),
    audit: readBlock(buffer, result.audit),
    deadLetters: result.deadLetters,
    sessions: readSessions(buffer, result.sessions),
    meta: { positions: owned.advance(records), chain, clockMs, policyRevision },
  };
  const outputBytes = buffer.byteLength;
  const bytes = records.reduce((sum, record) => sum + bytesOf(record), outputBytes);
  owned.bytesInHand += outputBytes;
  return { changes, epoch: owned.epoch, counts, outputBytes, bytes };
}
