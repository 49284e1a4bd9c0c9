import { EFFECTS, type Effect } from '../domain/verdict.ts';
import type { SegmentCounts } from '../lanes/messages.ts';

/** What was committed, counted. Grows for the life of a process. */
export class Tally {
  records = 0;
  decisions = 0;
  readonly effects: Record<Effect, number> = { allow: 0, warn: 0, redact: 0, ask: 0, deny: 0 };
  duplicates = 0;
  rejected = 0;
  misrouted = 0;
  commits = 0;
  workerRestarts = 0;
  failedCommits = 0;

  add(counts: SegmentCounts, records: number): void {
    this.records += records;
    this.duplicates += counts.duplicates;
    this.rejected += counts.rejected;
    this.misrouted += counts.misrouted;
    for (const effect of EFFECTS) {
      this.effects[effect] += counts.effects[effect];
      this.decisions += counts.effects[effect];
    }
  }
}
