import type { CrashHook, CrashPoint, Source, StateLog } from '../../src/pipeline/ports.ts';

/** A record for the input; its key is the session id. */
export interface SampleEvent {
  readonly sessionId: string;
  readonly n: number;
  /** Goes to the control topic. */
  readonly trusted?: boolean;
}

/** The bytes of a sample event, as every adapter puts them into its input. */
export function sampleValue({ sessionId, n }: SampleEvent): string {
  return JSON.stringify({ event_id: `e${n}`, session_id: sessionId, occurred_at: 1_700_000_000_000 + n });
}

/** What a reader who shares nothing with the log sees of one partition. */
export interface CommittedView {
  readonly decisions: readonly string[];
  readonly audit: readonly string[];
  /** Error code of each dead letter. */
  readonly deadLetters: readonly string[];
}

/** One adapter with an input and an output of its own, empty at first. */
export interface AdapterHarness {
  readonly partitions: number;
  /** The points that a commit of this adapter passes. */
  readonly commitPoints: readonly CrashPoint[];
  /** Appends to the input; afterwards running sources will find it. */
  produce(events: readonly SampleEvent[]): Promise<void>;
  /** A source over the input that goes on until it is aborted. */
  openSource(): Source;
  /** Opens the output. At most one log is open at a time. */
  openLog(hook?: CrashHook): Promise<StateLog>;
  /** Ends a log as the death of its process would: nothing more is written. */
  crash(log: StateLog): Promise<void>;
  readCommitted(partition: number): Promise<CommittedView>;
  close(): Promise<void>;
}
