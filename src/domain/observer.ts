import type { SegmentCounts } from './counts.ts';
import type { TollgateError } from './errors.ts';
import type { DeadLetter, OutputBlock } from './output.ts';
import type { MatchRule } from './policy.ts';
import type { RawRecord } from './record.ts';
import type { PolicyMode } from './verdict.ts';

/** A policy as operators see it: no options and no data, which may hold what is not theirs. */
export interface ListedPolicy {
  readonly name: string;
  readonly version: string;
  /** How it is evaluated: `inspector`, `opa`. */
  readonly kind: string;
  readonly mode: PolicyMode;
  readonly match: MatchRule;
}

/** The policies that judge, in their order. */
export interface PolicyListing {
  readonly revision: string;
  readonly policies: readonly ListedPolicy[];
}

/** What was committed for consecutive records of one partition. */
export interface CommittedWork {
  readonly changes: {
    readonly partition: number;
    readonly sources: readonly RawRecord[];
    readonly decisions: OutputBlock;
    readonly deadLetters: readonly DeadLetter[];
  };
  readonly counts: SegmentCounts;
}

/**
 * Told what becomes of a process and its partitions. Calls are cheap, never throw, and change nothing.
 *
 * A partition's calls are: `assigned`, then in turn `takingOver` and `running`, then `revoked`.
 */
export interface PipelineObserver {
  policiesLoaded(listing: PolicyListing): void;
  /** These are ours now, beside those that were: also when there are none for this process. */
  assigned(partitions: readonly number[]): void;
  /** Nothing of the partition is judged until it runs: its state is being read from the log. */
  takingOver(partition: number): void;
  /** The partition is judged, from so many live sessions on. */
  running(partition: number, sessions: number): void;
  revoked(partitions: readonly number[]): void;
  /** A transaction has ended well; `atMs` is the time, milliseconds since the epoch. */
  committed(work: readonly CommittedWork[], atMs: number): void;
  /** How long that transaction took, and how many input records it settled. */
  transaction(seconds: number, records: number): void;
  workerRestarted(): void;
  /** The process is going to end because of this. */
  failing(error: TollgateError): void;
}
