/**
 * What the pipeline needs from the world: a source of records and a log that commits. `files/` and `kafka/` implement
 * both; the contract suite `test/contract/adapter-contract.ts` holds every adapter to the words of this page.
 *
 * A partition's place in its input is a set of positions, one a topic (in `files/`: one an input file).
 */

/** One record as it lies in the input, undecoded. Bytes stay valid until the record's partition commits or is dropped. */
export interface RawRecord {
  /** The topic, or in `files/` the file's name in its directory. */
  readonly topic: string;
  /** Its place in topic and partition; grows strictly along them, with gaps. */
  readonly offset: number;
  /** The position that follows it: what `positions` names once this record is settled. */
  readonly nextOffset: number;
  /** When the input took it in (broker or reader), milliseconds; −1 where nobody knows (replayed files). */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** True for records of the control topic. */
  readonly trusted: boolean;
}

/** Topic → the next offset to read. A topic that is absent is read from where the adapter's configuration starts. */
export type Positions = ReadonlyMap<string, number>;

/** The record that a partition's log keeps beside its sessions. It wins over whatever else claims a position. */
export interface PartitionMeta {
  readonly positions: Positions;
  /** Next index and last hash of the audit chain. */
  readonly chain: { readonly index: number; readonly hash: string };
  /** Highest `occurred_at` of any event of this partition, milliseconds. */
  readonly clockMs: number;
  readonly policyRevision: string;
}

/** Outputs of one kind for one partition, in judged order. */
export interface OutputBlock {
  readonly count: number;
  /** The values, one after another, each followed by a line feed (which is no part of the value). */
  readonly bytes: Uint8Array;
  /** Per output three numbers: index into `sources`, start and end of its value in `bytes`. */
  readonly index: Int32Array;
  /** Keys, parallel to the outputs; null for a record without one. */
  readonly keys: readonly (Uint8Array | null)[];
}

/** A session's new state, or `value: null` when it is gone. */
export interface StateRecord {
  readonly sessionId: string;
  readonly value: Uint8Array | null;
}

/** What one partition adds to a transaction: the effects of consecutive input records, whole. */
export interface PartitionChanges {
  readonly partition: number;
  /** The assignment that this work belongs to; an adapter refuses work of an older one. */
  readonly assignment: Assignment;
  readonly sources: readonly RawRecord[];
  readonly decisions: OutputBlock;
  readonly audit: OutputBlock;
  readonly deadLetters: OutputBlock;
  /** At most one record a session: the last state within this transaction. */
  readonly sessions: readonly StateRecord[];
  readonly meta: PartitionMeta;
}

/** Names a place where a crash is interesting. Tests stop the process there; in production the hook is absent. */
export type CrashPoint =
  | 'commit:before'
  | 'commit:outputs-partly-written'
  | 'commit:outputs-written'
  | 'commit:state-written'
  | 'commit:before-rename'
  | 'commit:after-rename'
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
 * 3. `restore` gives what the last commit of that partition left: each live session once, in any order.
 */
export interface StateLog {
  /** Calls `onSession` for each live session, then resolves with the meta record; undefined when never committed. */
  restore(
    partition: number,
    onSession: (sessionId: string, value: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<PartitionMeta | undefined>;
  commit(changes: readonly PartitionChanges[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What the source was given with its partitions; an adapter may put more into it (Kafka: generation and member). */
export interface Assignment {
  /** Grows with each assignment of this process. */
  readonly epoch: number;
}

/** What a source calls. All calls come from one place, one after another. */
export interface SourceSink {
  /** These partitions are now ours. The source delivers nothing of them until `Source.start` was called for each. */
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
