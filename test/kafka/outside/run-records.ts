import type { OutsideRecord } from './outside-record.ts';
import { CONTRACT_LIMITS, type OutsideLimits } from './read-event.ts';

/** Key of a partition's meta record in the sessions changelog: no UTF-8 text, so no session's id. */
export const SESSIONS_META_KEY = Buffer.concat([Buffer.from([0xff]), Buffer.from('tollgate-meta', 'ascii')]);

/** The topics of a run, by the keys of `topics` in the configuration. */
export interface RunTopics {
  readonly events: readonly string[];
  readonly control: string;
  readonly decisions: string;
  readonly audit: string;
  readonly deadLetter: string;
  readonly sessions: string;
}

/** Everything of one partition, in offset order. */
export interface PartitionRecords {
  readonly partition: number;
  /** Topic → its records of this partition: all event topics, and control. */
  readonly inputs: ReadonlyMap<string, readonly OutsideRecord[]>;
  readonly decisions: readonly OutsideRecord[];
  readonly audit: readonly OutsideRecord[];
  /** Dead letters whose header names this partition; they may lie in another one. */
  readonly deadLetters: readonly OutsideRecord[];
  readonly changelog: readonly OutsideRecord[];
}

/** What of a run is not in its records. */
export interface CheckOptions {
  readonly topics: RunTopics;
  readonly limits: OutsideLimits;
  /** Every committed input must be judged: for runs that came to their end. */
  readonly isComplete: boolean;
  /** `topic/partition` → the group's committed offset; undefined: not compared. */
  readonly groupOffsets: ReadonlyMap<string, number> | undefined;
}

/** Options with the contract's defaults for what is absent. */
export function checkOptions(options: Partial<CheckOptions> & Pick<CheckOptions, 'topics'>): CheckOptions {
  return { limits: CONTRACT_LIMITS, isComplete: false, groupOffsets: undefined, ...options };
}
