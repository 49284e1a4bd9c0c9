/**
 * What the pipeline needs from the world: a source of records and a log that commits. `files/` and `kafka/` implement
 * both; the contract suite `test/contract/adapter-contract.ts` holds every adapter to the words of this page.
 *
 * A partition's place in its input is a set of positions, one a topic (in `files/`: one an input file).
 */

import type { ChainHead } from '../domain/decision.ts';
import type { DeadLetter, OutputBlock, StateRecord } from '../domain/output.ts';
import type { RawRecord } from '../domain/record.ts';

/** Topic → the next offset to read. A topic that is absent is read from where the adapter's configuration starts. */
export type Positions = ReadonlyMap<string, number>;

/** The record that a partition's log keeps beside its sessions. It wins over whatever else claims a position. */
export interface PartitionMeta {
  readonly positions: Positions;
  /** Next index and last hash of the audit chain. */
  readonly chain: ChainHead;
  /** Highest `occurred_at` of any event of this partition, milliseconds. */
  readonly clockMs: number;
  /** Of the policies that judged last; empty where nothing was judged yet. */
  readonly policyRevision: string;
}

/**
 * The effects of consecutive input records of one partition, whole. A transaction may hold several for one partition:
 * they follow each other, and what the last one says of a session and in `meta` counts.
 */
export interface PartitionChanges {
  readonly partition: number;
  /** The assignment that this work belongs to; an adapter refuses work of an older one. */
  readonly assignment: Assignment;
  readonly sources: readonly RawRecord[];
  readonly decisions: OutputBlock;
  readonly audit: OutputBlock;
  readonly deadLetters: readonly DeadLetter[];
  /** At most one record a session: its state after these records. */
  readonly sessions: readonly StateRecord[];
  readonly meta: PartitionMeta;
}

/** Names a place where a crash is interesting. Tests stop the process there; in production the hook is absent. */
export type CrashPoint =
  | 'commit:before'
  | 'commit:begun'
  | 'commit:outputs-partly-written'
  | 'commit:outputs-written'
  | 'commit:state-written'
  | 'commit:offsets-sent'
  | 'commit:before-rename'
  | 'commit:after-rename'
  | 'commit:ended'
  | 'commit:after'
  | 'restore:before'
  | 'restore:after'
  | 'compaction:before-switch'
  | 'compaction:after-switch';
export type CrashHook = (point: CrashPoint) => void;

/**
 * Keeps outputs, session state and positions, and changes them together.
 *
 * 1. `commit` is atomic: after it resolved everything of it is readable; after it threw, or the process died, all of it
 *    or nothing is, and only the log can tell which: the caller restores, it never repairs.
 * 2. Commits of one partition take effect in the order they were begun. The pipeline begins one at a time.
 * 3. `restore` gives what the last commit of that partition left: each live session once, in any order. An adapter may
 *    commit, before it gives anything, where the partition's input begins.
 */
export interface StateLog {
  /** Calls `onSession` for each live session, then resolves with the meta record; undefined when never committed. */
  restore(
    partition: number,
    onSession: (sessionId: string, value: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<PartitionMeta | undefined>;
  commit(changes: readonly PartitionChanges[], signal: AbortSignal): Promise<void>;
  /**
   * True only when nobody wrote to the partition's log since this process last restored it or committed to it: state in
   * memory is then what a restore would give. False when that cannot be proved.
   */
  isCurrent(partition: number, signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

/** What the source was given with its partitions; an adapter may put more into it (Kafka: generation and member). */
export interface Assignment {
  /** Grows with each assignment of this process. */
  readonly epoch: number;
}

/** What a source calls. All calls come from one place, one after another. */
export interface SourceSink {
  /**
   * These partitions are now ours, or still ours under a new assignment. The source delivers nothing of them until
   * `Source.start` was called for each.
   */
  assigned(partitions: readonly number[], assignment: Assignment): void;
  /** These are no longer ours: whatever is in hand for them is dropped. */
  revoked(partitions: readonly number[]): void;
  /** Records of one partition in order. Returns how many more bytes the sink can take; ≤ 0 means: pause the partition. */
  records(partition: number, records: readonly RawRecord[]): number;
}

/**
 * Delivers the records of the partitions this process owns.
 *
 * 1. Within a partition records of one topic come in offset order, without gaps against the position it was started at.
 * 2. After `start(p, positions)` the first record of each topic is the first at or after its position: also when records
 *    of p were delivered before (that is how a partition is judged again from its last commit).
 * 3. A paused partition delivers nothing until `resume`.
 */
export interface Source {
  /** Runs until `signal` aborts, or, for a finite input, until everything was delivered; then resolves. */
  run(sink: SourceSink, signal: AbortSignal): Promise<void>;
  start(partition: number, positions: Positions): void;
  pause(partition: number): void;
  resume(partition: number): void;
}
