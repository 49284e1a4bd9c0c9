import type { SegmentCounts } from '../domain/counts.ts';
import type { RawRecord } from '../domain/record.ts';
import { EFFECTS, type Effect } from '../domain/verdict.ts';

/** What was committed, counted. Grows for the life of a process. */
export class Tally {
  records = 0;
  /** Bytes of the records' values. */
  bytes = 0;
  decisions = 0;
  readonly effects: Record<Effect, number> = { allow: 0, warn: 0, redact: 0, ask: 0, deny: 0 };
  duplicates = 0;
  rejected = 0;
  misrouted = 0;
  commits = 0;
  workerRestarts = 0;
  failedCommits = 0;

  add(counts: SegmentCounts, records: readonly RawRecord[]): void {
    this.records += records.length;
    for (const record of records) this.bytes += record.value?.length ?? 0;
    this.duplicates += counts.duplicates;
    this.rejected += counts.rejected;
    this.misrouted += counts.misrouted;
    for (const effect of EFFECTS) {
      this.effects[effect] += counts.effects[effect];
      this.decisions += counts.effects[effect];
    }
  }
}
