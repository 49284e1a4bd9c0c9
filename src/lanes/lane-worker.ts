import type { RecordSource } from '../domain/decision.ts';
import { type FramedRecord, readFrame } from './frame.ts';
import { judgeRecord } from './judge-record.ts';
import type { LaneContext } from './lane-context.ts';
import type { JudgeResult, JudgeTask, LaneTask, RestoreTask, Segment, SegmentResult, Trouble } from './messages.ts';
import { HOST_CODE, NO_RECORD } from './progress.ts';
import { SegmentCounter } from './segment-counts.ts';
import { type PartitionState, SegmentWriter } from './segment-writer.ts';
import { SessionStore } from './session-store.ts';

const NO_TROUBLE: readonly Trouble[] = [];

/**
 * A lane's worker thread: judges batches, and owns the state of the partitions that its lane serves.
 *
 * 1. A partition's state belongs to one epoch. Work of another epoch is a fault of ours: it throws.
 * 2. Tasks run one after another; a batch is judged record by record, in order, without waiting for anything.
 */
export class LaneWorker {
  readonly #context: LaneContext;
  readonly #writer: SegmentWriter;
  readonly #partitions = new Map<number, PartitionState>();

  constructor(context: LaneContext) {
    this.#context = context;
    const counter = new SegmentCounter(context.set.policies.map(({ policy }) => policy.head.name));
    this.#writer = new SegmentWriter(context.codec, counter, context.mask !== undefined, context.avro);
    context.progress.enter(NO_RECORD, HOST_CODE);
  }

  run(task: LaneTask): JudgeResult | undefined {
    switch (task.kind) {
      case 'judge':
        return this.#judge(task);
      case 'restore':
        this.#restore(task);
        return undefined;
      case 'drop':
        this.#partitions.delete(task.partition);
        return undefined;
      case 'ready':
        return undefined;
    }
  }

  #judge(task: JudgeTask): JudgeResult {
    this.#context.decoding.schemas.learn(task.schemas);
    const recordedAt = new Date(task.recordedAtMs).toISOString();
    const segments: SegmentResult[] = [];
    let batchIndex = 0;
    for (const segment of task.segments) {
      segments.push(this.#judgeSegment(task.buffer, segment, recordedAt, batchIndex));
      batchIndex += segment.count;
    }
    this.#context.progress.enter(NO_RECORD, HOST_CODE);
    return { segments };
  }

  #judgeSegment(buffer: ArrayBuffer, segment: Segment, recordedAt: string, batchIndex: number): SegmentResult {
    const state = this.#stateOf(segment);
    const writer = this.#writer;
    writer.begin(state, recordedAt);
    for (const notice of segment.notices) writer.audit(notice);
    let record = 0;
    for (const framed of readFrame(buffer, segment.start, segment.count, segment.topics)) {
      writer.at(record);
      const troubles = troublesOf(segment, record);
      const place = { source: sourceOf(segment, framed), batchIndex: batchIndex + record, troubles };
      judgeRecord(this.#context, state, framed, place, writer);
      record++;
    }
    return writer.finish(segment);
  }

  #stateOf(segment: Segment): PartitionState {
    const state = this.#partitions.get(segment.partition);
    if (state?.epoch === segment.epoch) return state;
    throw new Error(`partition ${segment.partition} has epoch ${state?.epoch}, not ${segment.epoch}`);
  }

  #restore(task: RestoreTask): void {
    const { partition, epoch } = task;
    const state = task.begin ? this.#emptyState(partition, epoch) : this.#partitions.get(partition);
    if (state?.epoch !== epoch) throw new Error(`partition ${partition} is not being restored in epoch ${epoch}`);
    this.#partitions.set(partition, state);
    for (const bytes of task.sessions) state.store.restore(this.#context.codec.decode(bytes));
    if (task.end === undefined) return;
    state.chain = task.end.chain;
    state.store.clockMs = task.end.clockMs;
  }

  #emptyState(partition: number, epoch: number): PartitionState {
    const { maxSessionsPerPartition: maxSessions, sessionIdleMs } = this.#context.limits;
    const store = new SessionStore({ maxSessions, sessionIdleMs });
    return { partition, epoch, store, chain: { index: 0, hash: '' } };
  }
}

function sourceOf(segment: Segment, framed: FramedRecord): RecordSource {
  return { topic: framed.topic, partition: segment.partition, offset: framed.offset };
}

function troublesOf(segment: Segment, record: number): readonly Trouble[] {
  if (segment.troubles.length === 0) return NO_TROUBLE;
  return segment.troubles.filter((trouble) => trouble.record === record);
}
