import type { AuditConfig, Limits, OutputFormat } from '../config/config.ts';
import type { SegmentCounts } from '../domain/counts.ts';
import type { ChainHead } from '../domain/decision.ts';
import type { NamedSchema } from '../domain/registered-schema.ts';
import type { Effect, Verdict } from '../domain/verdict.ts';
import type { RecordedVerdicts } from '../judge/evaluate.ts';
import type { Refusal } from '../judge/refusal.ts';
import type { LoadedPolicy } from '../registry/loaded-policy.ts';

/** What a lane's worker is started with. Everything in it can cross to a thread. */
export interface WorkerSetup {
  readonly policies: readonly LoadedPolicy[];
  readonly revision: string;
  readonly defaultEffect: Effect;
  readonly strictRouting: boolean;
  /** Partitions of the input in all, by which misrouted sessions are told. */
  readonly partitions: number;
  readonly limits: Limits;
  /** Undefined: no audit records are made. Replay has no use for them. */
  readonly audit: AuditConfig | undefined;
  /** What decisions and audit records are written as; `json` when absent. */
  readonly output?: OutputFormat;
  /** Texts of the schemas that events in Avro may be written with, beside the shipped one. */
  readonly writerSchemas?: readonly string[];
  /** Verdicts that history recorded, by `recordedKey`: replay takes them instead of asking again. */
  readonly recorded: ReadonlyMap<string, RecordedVerdicts>;
  readonly progress: SharedArrayBuffer;
}

/** What is held against a record over which a worker hung or died: one of the three. */
export interface Charge {
  /** The policy that had its turn never answered. */
  readonly verdict?: Verdict;
  /** It happened in Tollgate's own code: the event is denied as a whole. */
  readonly refusal?: Refusal;
  /** Not even refusing it went well: the record is not looked at any more. */
  readonly quarantined?: true;
}

/** A charge against one record of a batch. */
export interface Trouble extends Charge {
  /** Index of the record in its segment. */
  readonly record: number;
}

/** A record for the audit chain that no event causes, e.g. `worker_restarted`. `detailText` is JSON. */
export interface Notice {
  readonly kind: 'policy_loaded' | 'policy_updated' | 'worker_restarted';
  readonly detailText: string;
}

/** One partition's share of a batch: `count` records from `start` in the batch's buffer (see `frame.ts`). */
export interface Segment {
  readonly partition: number;
  readonly epoch: number;
  readonly count: number;
  readonly start: number;
  readonly topics: readonly string[];
  readonly notices: readonly Notice[];
  readonly troubles: readonly Trouble[];
}

export interface JudgeTask {
  readonly kind: 'judge';
  readonly buffer: ArrayBuffer;
  readonly segments: readonly Segment[];
  /** What registries and files say of the schemas that these records name: with each batch, since a worker may be a new one. */
  readonly schemas: readonly NamedSchema[];
  /** Goes into audit records as `recorded_at`: no clock of a worker's gets into what it makes. */
  readonly recordedAtMs: number;
}

/** Gives a worker a partition's state. Several a partition when there is much; `begin` on the first, `meta` on the last. */
export interface RestoreTask {
  readonly kind: 'restore';
  readonly partition: number;
  readonly epoch: number;
  readonly begin: boolean;
  readonly sessions: readonly Uint8Array[];
  readonly end?: { readonly chain: ChainHead; readonly clockMs: number };
}

export interface DropTask {
  readonly kind: 'drop';
  readonly partition: number;
}

/** Answers when the worker has built and warmed its policies. */
export interface ReadyTask {
  readonly kind: 'ready';
}

export type LaneTask = JudgeTask | RestoreTask | DropTask | ReadyTask;

/** Where a block of outputs lies in its segment's buffer: its index (Int32) and its values. */
export interface BlockPlace {
  readonly cells: number;
  readonly indexStart: number;
  readonly bytesStart: number;
  readonly bytesEnd: number;
}

/** What came of a segment. */
export interface SegmentResult {
  readonly partition: number;
  readonly epoch: number;
  readonly buffer: ArrayBuffer;
  /** Three numbers an output: index of its record in the segment (−1: none), start and end of its value. */
  readonly decisions: BlockPlace;
  readonly audit: BlockPlace;
  /** Changed sessions, four numbers each: start and end of the id, start and end of the value (−1, −1: gone). */
  readonly sessions: BlockPlace;
  readonly deadLetters: readonly { readonly source: number; readonly code: string; readonly message: string }[];
  readonly chain: ChainHead;
  readonly clockMs: number;
  readonly counts: SegmentCounts;
}

export interface JudgeResult {
  readonly segments: readonly SegmentResult[];
}

/** The key of `WorkerSetup.recorded`. */
export function recordedKey(sessionId: string, eventId: string): string {
  return JSON.stringify([sessionId, eventId]);
}
