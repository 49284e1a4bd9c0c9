import { placeFrom } from './outside-record.ts';
import type { Outputs } from './partition-index.ts';
import type { CheckOptions } from './run-records.ts';
import type { Findings } from './violation.ts';

/** The judged order (that of the audit records) keeps each topic's offsets in order; the decisions keep the judged order. */
export function checkOrder(outputs: Outputs, { topics }: CheckOptions, partition: number, findings: Findings): void {
  const last = new Map<string, number>();
  for (const source of outputs.audit.keys()) {
    const place = placeFrom(source);
    if (place === undefined) continue;
    const before = last.get(place.topic);
    if (before !== undefined && place.offset < before) {
      findings.add('reordered', source, `it was judged after offset ${before} of its topic`);
    }
    last.set(place.topic, place.offset);
  }
  const judged = new Map([...outputs.audit.keys()].map((source, index) => [source, index]));
  let previous = -1;
  for (const [source, [record]] of outputs.decisions) {
    const index = judged.get(source);
    if (index === undefined) continue;
    const place = `${topics.decisions}/${partition}/${record?.offset}`;
    if (index < previous) findings.add('reordered', place, `the decision of ${source} stands behind a later one`);
    previous = Math.max(previous, index);
  }
}
