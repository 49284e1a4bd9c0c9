import type { RawRecord } from '../domain/record.ts';
import type { NamedSchema } from '../domain/registered-schema.ts';
import { frameSize, writeFrame } from './frame.ts';
import type { Charge, JudgeTask, Notice, Segment, Trouble } from './messages.ts';

/** Records of one partition that wait for a lane, or are being judged in it. */
export interface LaneWork {
  readonly partition: number;
  readonly epoch: number;
  readonly records: readonly RawRecord[];
}

/** What the lane asks about a partition when its records leave the queue. */
export interface Dossier {
  /** Audit notices that go before the partition's next records; each is given once. */
  notices(partition: number): readonly Notice[];
  /** What is held against a record; nothing against nearly all. */
  charges(partition: number, record: RawRecord): readonly Charge[];
  /** False while nothing is known of any record: saves asking for each. */
  hasTrouble(partition: number): boolean;
}

/** A batch as it is sent, and what it was made of, segment by segment. */
export interface Batch {
  readonly task: JudgeTask;
  readonly work: readonly LaneWork[];
}

export interface BatchLimits {
  readonly batchEvents: number;
  readonly batchBytes: number;
}

/**
 * Takes the front of the queue up to the limits, at least one record, and merges it into one piece of work a partition.
 * Order within a partition is kept; what did not fit stays at the front of the queue.
 */
export function takeWork(queue: LaneWork[], limits: BatchLimits): LaneWork[] {
  const taken = new Map<number, { partition: number; epoch: number; records: RawRecord[] }>();
  let events = 0;
  let bytes = 0;
  while (queue.length > 0) {
    const work = queue[0] as LaneWork;
    if (work.records.length === 0) {
      queue.shift();
      continue;
    }
    const fits = countFitting(work.records, limits.batchEvents - events, limits.batchBytes - bytes, events === 0);
    if (fits === 0) break;
    const entry = taken.get(work.partition) ?? { partition: work.partition, epoch: work.epoch, records: [] };
    taken.set(work.partition, entry);
    for (let i = 0; i < fits; i++) {
      const record = work.records[i] as RawRecord;
      entry.records.push(record);
      bytes += record.value?.length ?? 0;
    }
    events += fits;
    if (fits === work.records.length) queue.shift();
    else queue[0] = { ...work, records: work.records.slice(fits) };
  }
  return [...taken.values()];
}

function countFitting(records: readonly RawRecord[], events: number, bytes: number, isFirst: boolean): number {
  let count = 0;
  let used = 0;
  while (count < records.length && count < events) {
    used += records[count]?.value?.length ?? 0;
    if (used > bytes && !(isFirst && count === 0)) break;
    count++;
  }
  return count;
}

/** Packs the work into one buffer. */
export function packBatch(work: readonly LaneWork[], dossier: Dossier, recordedAtMs: number): Batch {
  const size = work.reduce((sum, part) => sum + frameSize(part.records), 0);
  const buffer = new ArrayBuffer(size);
  const segments: Segment[] = [];
  let start = 0;
  for (const { partition, epoch, records } of work) {
    const topics = writeFrame(buffer, start, records);
    const notices = dossier.notices(partition);
    const troubles = dossier.hasTrouble(partition) ? troublesOf(partition, records, dossier) : [];
    segments.push({ partition, epoch, count: records.length, start, topics, notices, troubles });
    start += frameSize(records);
  }
  return { task: { kind: 'judge', buffer, segments, schemas: schemasOf(work), recordedAtMs }, work };
}

const NO_SCHEMAS: readonly NamedSchema[] = [];

/** One an id or fingerprint, the last one that was heard. */
function schemasOf(work: readonly LaneWork[]): readonly NamedSchema[] {
  let byId: Map<number | string, NamedSchema> | undefined;
  for (const { records } of work) {
    for (const { schema } of records) {
      if (schema === undefined) continue;
      byId ??= new Map();
      byId.set(schema.id, schema);
    }
  }
  return byId === undefined ? NO_SCHEMAS : [...byId.values()];
}

function troublesOf(partition: number, records: readonly RawRecord[], dossier: Dossier): Trouble[] {
  const troubles: Trouble[] = [];
  for (let record = 0; record < records.length; record++) {
    for (const charge of dossier.charges(partition, records[record] as RawRecord)) troubles.push({ record, ...charge });
  }
  return troubles;
}
