import type { PartitionIndex } from './partition-index.ts';
import type { Findings } from './violation.ts';

/** The judged order (that of the audit records) keeps each topic's offsets in order; the decisions keep the judged order. */
export function checkOrder({ audit, decisions }: PartitionIndex, findings: Findings): void {
  const last = new Map<string, number>();
  const judged = new Map<string, number>();
  for (const [text, { source }] of audit) {
    const before = last.get(source.topic);
    if (before !== undefined && source.offset < before) {
      findings.add('reordered', text, `it was judged after offset ${before} of its topic`);
    }
    last.set(source.topic, source.offset);
    judged.set(text, judged.size);
  }
  let previous = -1;
  for (const [source, { place }] of decisions) {
    const at = judged.get(source);
    if (at === undefined) continue;
    if (at < previous) findings.add('reordered', place, `the decision of ${source} stands behind a later one`);
    previous = Math.max(previous, at);
  }
}
