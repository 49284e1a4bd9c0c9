import { EMPTY_CHAIN } from '../domain/decision.ts';
import type { OutputBlock } from '../domain/output.ts';
import type { Assignment, PartitionChanges, PartitionMeta, Positions } from '../pipeline/ports.ts';

const NOTHING: OutputBlock = { count: 0, bytes: new Uint8Array(), index: new Int32Array() };

/** Changes that say where a partition's input begins, and nothing else: `meta` is what is known of it already. */
export function opening(
  partition: number,
  { epoch }: Assignment,
  meta: Partial<PartitionMeta> & { readonly positions: Positions },
): PartitionChanges {
  return {
    partition,
    assignment: { epoch },
    sources: [],
    decisions: NOTHING,
    audit: NOTHING,
    deadLetters: [],
    sessions: [],
    meta: { chain: EMPTY_CHAIN, clockMs: Number.NEGATIVE_INFINITY, policyRevision: '', ...meta },
  };
}
