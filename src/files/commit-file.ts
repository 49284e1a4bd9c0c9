import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import type { PartitionMeta } from '../pipeline/ports.ts';
import { contradiction, isSystemError } from './disk-error.ts';
import { COMMIT_FILE, type OutputKind } from './layout.ts';

/** The only version of `commit.json` that this program reads and writes. */
const FORMAT_VERSION = 1;

/** Which generation of the state file counts, and how much of it. */
interface StateExtent {
  readonly generation: number;
  readonly bytes: number;
  /** Size of the generation when compaction wrote it: the live sessions of that moment. 0 for the first one. */
  readonly baseBytes: number;
}

/** What one partition has committed: lengths in bytes, and its meta record. */
export interface CommittedPartition {
  readonly lengths: Readonly<Record<OutputKind, number>>;
  readonly state: StateExtent;
  readonly meta: PartitionMeta;
}

/** The content of `commit.json`. A partition that never committed is absent from the map. */
export interface Committed {
  readonly partitions: number;
  readonly byPartition: ReadonlyMap<number, CommittedPartition>;
}

interface WirePartition {
  readonly partition: number;
  readonly lengths: Record<OutputKind, number>;
  readonly state: { generation: number; bytes: number; base_bytes: number };
  readonly positions: Record<string, number>;
  readonly chain: { index: number; hash: string };
  /** Null stands for "no event yet" (−Infinity), which JSON cannot write. */
  readonly clock_ms: number | null;
  readonly policy_revision: string;
}

interface WireCommit {
  readonly format_version: number;
  readonly partitions: number;
  readonly committed: readonly WirePartition[];
}

const count = { type: 'integer', minimum: 0 } as const;
const exact = (properties: Record<string, unknown>) => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});
const isWireCommit = new Ajv({ allowUnionTypes: true }).compile<WireCommit>(
  exact({
    format_version: { const: FORMAT_VERSION },
    partitions: { type: 'integer', minimum: 1 },
    committed: {
      type: 'array',
      items: exact({
        partition: count,
        lengths: exact({ decisions: count, audit: count, 'dead-letter': count }),
        state: exact({ generation: { type: 'integer', minimum: 1 }, bytes: count, base_bytes: count }),
        positions: { type: 'object', additionalProperties: count },
        chain: exact({ index: count, hash: { type: 'string' } }),
        clock_ms: { type: ['number', 'null'] },
        policy_revision: { type: 'string' },
      }),
    },
  }),
);

/** Reads `commit.json` of an output directory; undefined when there is none; `position_contradicts` when unreadable. */
export async function readCommitFile(dir: string): Promise<Committed | undefined> {
  const path = join(dir, COMMIT_FILE);
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (isSystemError(thrown, 'ENOENT')) return undefined;
    throw thrown;
  });
  return text === undefined ? undefined : decode(text, path);
}

/**
 * Replaces `commit.json`: written beside it, made durable, renamed over it, the directory made durable. Before the rename
 * the old content counts, after it the new one; there is no third case. `hooks` run on either side of the rename.
 */
export async function writeCommitFile(
  dir: string,
  committed: Committed,
  options: { readonly sync: boolean; readonly beforeRename?: () => void; readonly afterRename?: () => void },
): Promise<void> {
  const path = join(dir, COMMIT_FILE);
  const temporary = `${path}.tmp`;
  await withFile(temporary, 'w', async (file) => {
    await file.writeFile(encode(committed));
    if (options.sync) await file.sync();
  });
  options.beforeRename?.();
  await rename(temporary, path);
  options.afterRename?.();
  if (options.sync) await syncDirectory(dirname(path));
}

/** Makes created, renamed and deleted names of a directory durable. Windows has no such call and needs none. */
export async function syncDirectory(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  await withFile(dir, 'r', (handle) => handle.sync());
}

async function withFile(path: string, flags: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

function decode(text: string, path: string): Committed {
  const wire = parse(text);
  if (!isWireCommit(wire)) {
    throw contradiction(
      `not a commit file of format ${FORMAT_VERSION}`,
      path,
      'use the version of tollgate that wrote it, restore the whole directory from a backup, or name an empty directory',
    );
  }
  return {
    partitions: wire.partitions,
    byPartition: new Map(wire.committed.map((entry) => [entry.partition, fromWire(entry)])),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fromWire(wire: WirePartition): CommittedPartition {
  return {
    lengths: wire.lengths,
    state: { generation: wire.state.generation, bytes: wire.state.bytes, baseBytes: wire.state.base_bytes },
    meta: {
      positions: new Map(Object.entries(wire.positions)),
      chain: wire.chain,
      clockMs: wire.clock_ms ?? Number.NEGATIVE_INFINITY,
      policyRevision: wire.policy_revision,
    },
  };
}

function encode(committed: Committed): string {
  const wire: WireCommit = {
    format_version: FORMAT_VERSION,
    partitions: committed.partitions,
    committed: [...committed.byPartition].sort(([a], [b]) => a - b).map(([number, entry]) => toWire(number, entry)),
  };
  return `${JSON.stringify(wire)}\n`;
}

function toWire(partition: number, { lengths, state, meta }: CommittedPartition): WirePartition {
  return {
    partition,
    lengths: { ...lengths },
    state: { generation: state.generation, bytes: state.bytes, base_bytes: state.baseBytes },
    positions: Object.fromEntries(meta.positions),
    chain: { index: meta.chain.index, hash: meta.chain.hash },
    clock_ms: Number.isFinite(meta.clockMs) ? meta.clockMs : null,
    policy_revision: meta.policyRevision,
  };
}
