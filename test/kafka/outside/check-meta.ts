import type { StoredMeta } from './changelog.ts';
import type { Judged } from './judge-again.ts';
import type { PartitionIndex } from './partition-index.ts';
import type { CheckOptions } from './run-records.ts';
import type { Findings } from './violation.ts';

/** What a partition's meta record is held against. */
export interface MetaSubject {
  readonly index: PartitionIndex;
  readonly judged: Judged;
  readonly meta: StoredMeta | undefined;
}

/** Positions, chain head, clock and revision are where the judged records leave them; the group's offsets are the positions. */
export function checkMeta(subject: MetaSubject, options: CheckOptions, findings: Findings): void {
  const { index, judged, meta } = subject;
  const { partition, head, seen } = index;
  const place = `${options.topics.sessions}/${partition}`;
  if (meta === undefined) {
    if (seen.audit > 0) findings.add('meta_wrong', place, 'records were judged and there is no meta record');
    return;
  }
  if (meta.chain.index !== head.index || meta.chain.hash !== head.hash) {
    const what = `the meta record expects its end at ${meta.chain.index}, it ends at ${head.index}`;
    findings.add(
      'chain_broken',
      `${options.topics.audit}/${partition}`,
      meta.chain.index === head.index ? 'another hash' : what,
    );
  }
  if ((meta.clock_ms ?? undefined) !== judged.clockMs) {
    findings.add('meta_wrong', place, `clock: expected ${judged.clockMs}, found ${meta.clock_ms}`);
  }
  if (judged.lastRevision !== undefined && meta.policy_revision !== judged.lastRevision) {
    findings.add('meta_wrong', place, 'its policy revision is not that of the last decision');
  }
  checkPositions(index, meta.positions, options, findings);
}

function checkPositions(
  { partition, audit }: PartitionIndex,
  positions: Readonly<Record<string, number>>,
  { topics, groupOffsets }: CheckOptions,
  findings: Findings,
): void {
  const judgedTo = new Map<string, number>();
  for (const { source } of audit.values()) {
    const { topic, offset } = source;
    if (offset >= (judgedTo.get(topic) ?? 0)) judgedTo.set(topic, offset + 1);
  }
  for (const topic of new Set([...topics.events, topics.control, ...Object.keys(positions)])) {
    const position = positions[topic] ?? 0;
    const place = `${topic}/${partition}`;
    if (position < (judgedTo.get(topic) ?? 0)) {
      findings.add('position_wrong', place, `position ${position}, judged to ${judgedTo.get(topic)}`);
    }
    const offset = groupOffsets?.get(place);
    if (groupOffsets !== undefined && offset !== positions[topic]) {
      findings.add('position_wrong', place, `position ${positions[topic]}, the group's offset ${offset}`);
    }
  }
}
