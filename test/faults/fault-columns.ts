import type { FaultKind } from './fault-kind.ts';

/** The columns of the report that count what is wrong. */
export const COLUMNS = ['lost', 'doubled', 'stateMismatches', 'seenWhileRunning', 'others'] as const;
export type Column = (typeof COLUMNS)[number];

/** Where each kind of finding is counted: all of them are, each once. */
const COLUMN_OF: Readonly<Record<FaultKind, Column>> = {
  unsettled: 'lost',
  lost: 'lost',
  doubled: 'doubled',
  fold_differs: 'stateMismatches',
  chain_broken: 'stateMismatches',
  audit_differs: 'stateMismatches',
  state_wrong: 'stateMismatches',
  state_missing: 'stateMismatches',
  state_unfounded: 'stateMismatches',
  meta_wrong: 'stateMismatches',
  position_wrong: 'stateMismatches',
  seen_while_running: 'seenWhileRunning',
  unfounded: 'others',
  reordered: 'others',
  misplaced: 'others',
  outcome_wrong: 'others',
  unreadable: 'others',
  hanging_transaction: 'others',
  stood_still: 'others',
  ended_badly: 'others',
  not_as_expected: 'others',
};

/** The column in which a finding is counted. */
export function columnOf(kind: FaultKind): Column {
  return COLUMN_OF[kind];
}

/** The kinds that a column counts. */
export function kindsOf(column: Column): readonly string[] {
  return Object.entries(COLUMN_OF).flatMap(([kind, of]) => (of === column ? [kind] : []));
}
