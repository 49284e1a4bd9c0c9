import { median, medianOf } from '../frame/median.ts';
import type { TurnFigures } from './turn.ts';

/** What all rounds gave, by contestant. */
export type Rounds = ReadonlyMap<string, readonly TurnFigures[]>;

/** Medians of each figure over the rounds. */
export function medianTurn(turns: readonly TurnFigures[]): TurnFigures {
  const of = (pick: (turn: TurnFigures) => number) => medianOf(turns, pick);
  return {
    eventsPerSecond: of((turn) => turn.eventsPerSecond),
    mainUs: of((turn) => turn.mainUs),
    othersUs: of((turn) => turn.othersUs),
    brokerUs: of((turn) => turn.brokerUs),
    servantUs: of((turn) => turn.servantUs),
    events: of((turn) => turn.events),
    recordsPerEvent: of((turn) => turn.recordsPerEvent),
  };
}

/** The median over the rounds of what one did against another in the same round: a machine that drifts hits both. */
export function medianRatio(ours: readonly TurnFigures[], theirs: readonly TurnFigures[]): number {
  return median(ours.map((turn, round) => turn.eventsPerSecond / (theirs[round] as TurnFigures).eventsPerSecond));
}
