import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TollgateError } from '../domain/errors.ts';
import type { CrashHook, CrashPoint, PartitionChanges, PartitionMeta, StateLog } from '../pipeline/ports.ts';
import { type Committed, type CommittedPartition, syncDirectory, writeCommitFile } from './commit-file.ts';
import { lockDirectory } from './directory-lock.ts';
import { outputError } from './disk-error.ts';
import { statePath } from './layout.ts';
import { allDone, OutputFiles } from './output-files.ts';
import { planCommit, type WritePlan } from './plan-commit.ts';
import { recoverDirectory } from './recovery.ts';
import { readSessions, rewriteState } from './state-file.ts';

/** Below this size a state file is not worth rewriting. */
const COMPACT_AT_BYTES = 64 * 1024 * 1024;
/** A state file is rewritten when it is this many times as large as its live sessions were after the last rewrite. */
const COMPACT_AT_GROWTH = 4;

export interface FileLogOptions {
  /** The output directory; made when it is not there. */
  readonly dir: string;
  readonly partitions: number;
  readonly compactAtBytes?: number;
  readonly crashHook?: CrashHook;
  /**
   * True: commits are atomic but not durable: a machine that loses power may lose or mangle them. For tests, and for
   * replay, whose output can be made again.
   */
  readonly unsafeWithoutFsync?: boolean;
}

/** Opens an output directory at its last commit. The caller closes it; until then no other process can open it. */
export async function openFileLog(options: FileLogOptions): Promise<StateLog> {
  const sync = options.unsafeWithoutFsync !== true;
  try {
    await mkdir(options.dir, { recursive: true });
    const unlock = lockDirectory(options.dir);
    try {
      const log = new FileLog(options, unlock, await recoverDirectory(options.dir, options.partitions, sync));
      await log.compactAll();
      return log;
    } catch (thrown) {
      unlock();
      throw thrown;
    }
  } catch (thrown) {
    throw outputError(thrown, options.dir);
  }
}

/**
 * A `StateLog` over a directory: one file a partition and kind of output, one state file a partition, and `commit.json`,
 * which says how much of each counts and where in its input each partition stands.
 *
 * 1. A commit appends to the files beyond their committed lengths, makes them durable, then replaces `commit.json`: that
 *    rename is the commit. What lies beyond the committed lengths was never there.
 * 2. `#committed` is what the last rename wrote, or, while `#broken`, may be older: then only `restore` helps. It
 *    recovers the directory, and lets each partition commit again once that partition was restored.
 * 3. Commits, recoveries and compactions run one at a time, in the order they were asked for.
 * 4. Within a commit no partition goes back to an assignment older than one seen before.
 */
class FileLog implements StateLog {
  readonly #options: FileLogOptions;
  readonly #sync: boolean;
  readonly #unlock: () => void;
  readonly #files = new OutputFiles();
  readonly #epochs = new Map<number, number>();
  /** Partitions whose caller may hold state that a failed commit left behind. */
  readonly #mustRestore = new Set<number>();
  #committed: Committed;
  #broken = false;
  #breakages = 0;
  #closed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: FileLogOptions, unlock: () => void, committed: Committed) {
    this.#options = options;
    this.#sync = options.unsafeWithoutFsync !== true;
    this.#unlock = unlock;
    this.#committed = committed;
  }

  async restore(
    partition: number,
    onSession: (sessionId: string, value: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<PartitionMeta | undefined> {
    return this.#failing(signal, async () => {
      const { entry, breakages } = await this.#inTurn(() => this.#lastCommitOf(partition));
      if (entry !== undefined) {
        const path = statePath(this.#options.dir, partition, entry.state.generation);
        await readSessions(path, entry.state.bytes, onSession, signal);
      }
      this.#reach('restore:after');
      if (breakages === this.#breakages) this.#mustRestore.delete(partition);
      return entry?.meta;
    });
  }

  async commit(changes: readonly PartitionChanges[], signal: AbortSignal): Promise<void> {
    await this.#failing(signal, () =>
      this.#inTurn(async () => {
        signal.throwIfAborted();
        for (const change of changes) this.#admit(change);
        await this.#orBreak(() => this.#write(planCommit(this.#options.dir, this.#committed, changes)));
        for (const change of changes) await this.#orBreak(() => this.#compactIfGrown(change.partition));
      }),
    );
  }

  /** Partitions of a directory are given once: there is nothing to be kept. */
  async isCurrent(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#closed) return;
      this.#closed = true;
      await this.#files.close();
      this.#unlock();
    });
  }

  /** Rewrites every state file that is due: at opening, for a process that died before it came to it. */
  async compactAll(): Promise<void> {
    for (const partition of this.#committed.byPartition.keys()) await this.#compactIfGrown(partition);
  }

  async #lastCommitOf(partition: number): Promise<{ entry: CommittedPartition | undefined; breakages: number }> {
    this.#refuseIfClosed();
    this.#reach('restore:before');
    if (this.#broken) await this.#recover();
    return { entry: this.#committed.byPartition.get(partition), breakages: this.#breakages };
  }

  async #recover(): Promise<void> {
    await this.#files.close();
    this.#committed = await recoverDirectory(this.#options.dir, this.#options.partitions, this.#sync);
    this.#broken = false;
  }

  async #write({ outputs, state, next }: WritePlan): Promise<void> {
    this.#reach('commit:before');
    const [first, ...rest] = outputs;
    if (first !== undefined) await this.#files.write(first);
    this.#reach('commit:outputs-partly-written');
    await allDone(rest.map((write) => this.#files.write(write)));
    this.#reach('commit:outputs-written');
    await allDone(state.map((write) => this.#files.write(write)));
    this.#reach('commit:state-written');
    if (this.#sync) await this.#files.sync([...outputs, ...state]);
    await writeCommitFile(this.#options.dir, next, {
      sync: this.#sync,
      beforeRename: () => this.#reach('commit:before-rename'),
      afterRename: () => this.#reach('commit:after-rename'),
    });
    this.#reach('commit:after');
    this.#committed = next;
  }

  async #compactIfGrown(partition: number): Promise<void> {
    const entry = this.#committed.byPartition.get(partition);
    const floor = this.#options.compactAtBytes ?? COMPACT_AT_BYTES;
    if (entry === undefined) return;
    if (entry.state.bytes > Math.max(floor, COMPACT_AT_GROWTH * entry.state.baseBytes)) {
      await this.#compact(partition, entry);
    }
  }

  async #compact(partition: number, entry: CommittedPartition): Promise<void> {
    const { dir } = this.#options;
    const old = statePath(dir, partition, entry.state.generation);
    const generation = entry.state.generation + 1;
    const target = statePath(dir, partition, generation);
    // No signal: after a commit there is nothing left to abort, and half a rewrite is of no use to anyone.
    const bytes = await rewriteState(old, entry.state.bytes, target, { sync: this.#sync });
    const state = { generation, bytes, baseBytes: bytes };
    const byPartition = new Map(this.#committed.byPartition).set(partition, { ...entry, state });
    if (this.#sync) await syncDirectory(dirname(target));
    this.#reach('compaction:before-switch');
    const next = { ...this.#committed, byPartition };
    await writeCommitFile(dir, next, { sync: this.#sync });
    this.#reach('compaction:after-switch');
    this.#committed = next;
    await this.#files.forget(old);
    await rm(old, { force: true });
  }

  /** Refuses work that must not be written: nothing has been touched yet when this throws. */
  #admit({ partition, assignment }: PartitionChanges): void {
    this.#refuseIfClosed();
    if (this.#broken || this.#mustRestore.has(partition)) {
      throw new TollgateError('commit_failed', `partition ${partition} must be restored after a failed commit`, {
        where: this.#options.dir,
        next: 'restore the partition and judge it again from there',
      });
    }
    const seen = this.#epochs.get(partition) ?? assignment.epoch;
    if (assignment.epoch < seen) {
      throw new TollgateError('commit_failed', `work of assignment ${assignment.epoch} comes after ${seen}`, {
        where: `partition ${partition}`,
        next: 'drop this work: the partition was given anew since, and is judged again from its last commit',
      });
    }
    this.#epochs.set(partition, assignment.epoch);
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new TollgateError('aborted', 'the log is closed', { where: this.#options.dir });
  }

  async #orBreak(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (thrown) {
      this.#broken = true;
      this.#breakages += 1;
      for (let partition = 0; partition < this.#options.partitions; partition++) this.#mustRestore.add(partition);
      throw thrown;
    }
  }

  async #failing<T>(signal: AbortSignal, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (thrown) {
      if (signal.aborted && thrown === signal.reason) {
        throw new TollgateError('aborted', 'stopped before the end', { where: this.#options.dir, cause: thrown });
      }
      throw outputError(thrown, this.#options.dir);
    }
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(step);
    this.#last = mine.then(ignore, ignore);
    return mine;
  }

  #reach(point: CrashPoint): void {
    this.#options.crashHook?.(point);
  }
}

/** Whoever asked for a step hears of its end; the next step only waits for it. */
function ignore(): undefined {
  return undefined;
}
