import type { PartitionChanges } from '../pipeline/ports.ts';
import type { Committed, CommittedPartition } from './commit-file.ts';
import { deadLetterLines } from './dead-letter-lines.ts';
import { OUTPUT_KINDS, type OutputKind, outputPath, statePath } from './layout.ts';
import type { Write } from './output-files.ts';
import { encodeState } from './state-file.ts';

const LINE_FEED = 0x0a;

/** What a commit is going to do: the bytes it appends, and the commit that counts afterwards. */
export interface WritePlan {
  readonly outputs: readonly Write[];
  readonly state: readonly Write[];
  readonly next: Committed;
}

/** Lays changes behind what is committed. Pure. A partition may come twice: the second follows the first. */
export function planCommit(dir: string, committed: Committed, changes: readonly PartitionChanges[]): WritePlan {
  const byPartition = new Map(committed.byPartition);
  const outputs: Write[] = [];
  const state: Write[] = [];
  for (const change of changes) {
    const { partition } = change;
    if (!(partition >= 0 && partition < committed.partitions)) throw new RangeError(`no partition ${partition}`);
    const before = byPartition.get(partition) ?? nothing(change);
    const after = append(dir, change, before, { outputs, state });
    byPartition.set(partition, after);
  }
  return { outputs, state, next: { ...committed, byPartition } };
}

function append(
  dir: string,
  change: PartitionChanges,
  before: CommittedPartition,
  into: { outputs: Write[]; state: Write[] },
): CommittedPartition {
  const lengths: Record<OutputKind, number> = { ...before.lengths };
  for (const kind of OUTPUT_KINDS) {
    const bytes = linesOf(change, kind);
    if (bytes.byteLength === 0) continue;
    into.outputs.push({ path: outputPath(dir, kind, change.partition), at: lengths[kind], bytes });
    lengths[kind] += bytes.byteLength;
  }
  const records = encodeState(change.sessions);
  const path = statePath(dir, change.partition, before.state.generation);
  if (records.byteLength > 0) into.state.push({ path, at: before.state.bytes, bytes: records });
  const state = { ...before.state, bytes: before.state.bytes + records.byteLength };
  return { lengths, state, meta: change.meta };
}

function linesOf(change: PartitionChanges, kind: OutputKind): Uint8Array {
  if (kind === 'dead-letter') return deadLetterLines(change);
  const { bytes } = kind === 'decisions' ? change.decisions : change.audit;
  if (bytes.byteLength > 0 && bytes[bytes.byteLength - 1] !== LINE_FEED) {
    throw new TypeError(`${kind} of partition ${change.partition} do not end with a line feed`);
  }
  return bytes;
}

function nothing({ meta }: PartitionChanges): CommittedPartition {
  return {
    lengths: { decisions: 0, audit: 0, 'dead-letter': 0 },
    state: { generation: 1, bytes: 0, baseBytes: 0 },
    meta,
  };
}
