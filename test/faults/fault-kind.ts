import type { ViolationKind } from '../kafka/outside/violation.ts';

/** What only a scenario or the runner can find. */
export const STAGE_KINDS = [
  /** The run never came to its end. */
  'stood_still',
  /** A process ended that nobody ended, or with another code than it should. */
  'ended_badly',
  /** A reader saw it while the faults happened. */
  'seen_while_running',
  /** What the scenario itself expects did not happen. */
  'not_as_expected',
] as const;

/** Everything that can be wrong with a run of the matrix. */
export type FaultKind = ViolationKind | (typeof STAGE_KINDS)[number];
