import type { HistoryStretch } from './history.ts';

/** What is to be said of the order in which history was judged again, and of what is gone of it. */
export interface OrderRemarks {
  /** Records that no audit record names, put among those of other topics by their times. */
  readonly merged: number;
  /** Records that audit records name and the topics hold no longer. */
  readonly missing: number;
  /** Where a topic's beginning is gone: sessions that began there are partial. */
  readonly cut: readonly HistoryStretch[];
}

export const NO_REMARKS: OrderRemarks = { merged: 0, missing: 0, cut: [] };

/** The remarks of several partitions together. */
export function joinRemarks(all: readonly OrderRemarks[]): OrderRemarks {
  return {
    merged: all.reduce((sum, { merged }) => sum + merged, 0),
    missing: all.reduce((sum, { missing }) => sum + missing, 0),
    cut: all.flatMap(({ cut }) => cut),
  };
}
