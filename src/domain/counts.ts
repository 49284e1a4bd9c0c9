import type { FaultCode } from './errors.ts';
import { CONTROL_EVENT_TYPES, type EventType, FLEET_EVENT_TYPES } from './event.ts';
import type { Effect } from './verdict.ts';

/** Every event type; `TopicCounts.types` is in this order. */
export const EVENT_TYPES: readonly EventType[] = [...FLEET_EVENT_TYPES, ...CONTROL_EVENT_TYPES];

/** Events of one topic; a cell a type, in the order of `EVENT_TYPES`. */
export interface TopicCounts {
  readonly topic: string;
  readonly types: Uint32Array;
}

/** How often a policy failed with one code. `policy` is its index in the set. */
export interface PolicyFaultCount {
  readonly policy: number;
  readonly code: FaultCode;
  readonly count: number;
}

/**
 * What operators count, summed by a worker over one segment. It crosses to the main thread with the segment's outputs and
 * is added to what was counted before once these are committed. Policies are named by their index in the set.
 */
export interface SegmentCounts {
  /** Decisions by effect. */
  readonly effects: Readonly<Record<Effect, number>>;
  /** Records that could be read as events, second deliveries included. The others are dead letters. */
  readonly events: readonly TopicCounts[];
  /** Verdicts, a row a policy, a cell an effect in the order of `EFFECTS`. Empty when no policy was asked. */
  readonly verdicts: Uint32Array;
  readonly faults: readonly PolicyFaultCount[];
  /** Evaluations of some of the events, in pairs: policy, seconds. */
  readonly evaluations: Float64Array;
  readonly duplicates: number;
  /** Dead letters. */
  readonly rejected: number;
  readonly misrouted: number;
  /** Live sessions of the partition after the segment. */
  readonly sessions: number;
}
