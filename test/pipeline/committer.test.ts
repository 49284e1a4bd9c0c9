import { describe, expect, it } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { Committer } from '../../src/pipeline/committer.ts';
import type { Outcome } from '../../src/pipeline/outcome.ts';
import type { PartitionChanges, StateLog } from '../../src/pipeline/ports.ts';

const NEVER = new AbortController().signal;

/** A log whose commits end when the test says so; it guards nothing, as a port need not. */
class HeldLog implements StateLog {
  readonly commits: (readonly PartitionChanges[])[] = [];
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;

  async restore(): Promise<undefined> {
    return undefined;
  }

  commit(changes: readonly PartitionChanges[]): Promise<void> {
    this.commits.push(changes);
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  async close(): Promise<void> {
    this.#settle = undefined;
  }

  end(error?: Error): void {
    if (error === undefined) this.#settle?.resolve();
    else this.#settle?.reject(error);
  }
}

function anOutcome(partition: number, outputBytes = 100): Outcome {
  const changes = { partition, sources: [] } as unknown as PartitionChanges;
  const counts = {
    effects: { allow: 0, warn: 0, redact: 0, ask: 0, deny: 0 },
    duplicates: 0,
    rejected: 0,
    misrouted: 0,
    sessions: 0,
  };
  return { changes, epoch: 1, counts, outputBytes, bytes: outputBytes };
}

function aCommitter(onCommitted: () => void = () => undefined) {
  const log = new HeldLog();
  const failures: TollgateError[] = [];
  const committed: number[] = [];
  const committer = new Committer(
    log,
    {
      committed: (outcomes) => {
        committed.push(outcomes.length);
        onCommitted();
      },
      failed: (error) => failures.push(error),
      idle: () => undefined,
    },
    NEVER,
  );
  return { log, failures, committed, committer };
}

describe('a committer', () => {
  it('gathers what is finished while a transaction is under way, and commits it as the next one', async () => {
    const { log, committed, committer } = aCommitter();
    for (const partition of [0, 1, 2]) committer.add(anOutcome(partition));
    log.end();
    await committer.settled();
    log.end();
    await committer.settled();
    expect(log.commits.map((changes) => changes.map(({ partition }) => partition))).toEqual([[0], [1, 2]]);
    expect(committed).toEqual([1, 2]);
    expect(committer.isIdle).toBe(true);
  });

  it('commits nothing that waited behind a transaction that failed, whatever the log would take', async () => {
    const { log, failures, committer } = aCommitter();
    committer.add(anOutcome(0));
    committer.add(anOutcome(0));
    log.end(new TollgateError('output_unwritable', 'disk full'));
    await committer.settled();
    committer.add(anOutcome(0));
    await committer.settled();
    expect(log.commits).toHaveLength(1);
    expect(failures.map(({ code }) => code)).toEqual(['output_unwritable']);
    expect(committer.isIdle).toBe(true);
  });

  it('commits nothing more once it was stopped, whatever its failures said of themselves', async () => {
    const { log, committer } = aCommitter();
    committer.add(anOutcome(0));
    committer.add(anOutcome(0));
    committer.stop();
    log.end(new TollgateError('commit_failed', 'the world failed', { retryable: true }));
    await committer.settled();
    committer.add(anOutcome(0));
    expect(log.commits).toHaveLength(1);
    expect(committer.isIdle).toBe(true);
  });

  it('goes on after a passing failure, with what came after it', async () => {
    const { log, committer } = aCommitter();
    committer.add(anOutcome(0));
    committer.add(anOutcome(1));
    log.end(new TollgateError('commit_failed', 'the world failed', { retryable: true }));
    await committer.settled();
    committer.add(anOutcome(2));
    expect(log.commits.map((changes) => changes.map(({ partition }) => partition))).toEqual([[0], [2]]);
  });

  it('drops what waits of a partition that begins anew', async () => {
    const { log, committer } = aCommitter();
    for (const partition of [0, 1, 0]) committer.add(anOutcome(partition));
    committer.drop(0);
    log.end();
    await committer.settled();
    expect(log.commits.map((changes) => changes.map(({ partition }) => partition))).toEqual([[0], [1]]);
  });

  it('bounds a transaction by its bytes, and lets a single entry exceed them', async () => {
    const { log, committer } = aCommitter();
    const half = 20 * 1024 * 1024;
    committer.add(anOutcome(0));
    for (const size of [half, half, 4 * half]) committer.add(anOutcome(1, size));
    for (let i = 0; i < 4; i++) {
      log.end();
      await committer.settled();
    }
    expect(log.commits.map((changes) => changes.length)).toEqual([1, 1, 1, 1]);
  });

  it('reports a listener that throws as a failure of ours, and stops: the transaction is in the log', async () => {
    const { log, failures, committer } = aCommitter(() => {
      throw new Error('counting went wrong');
    });
    committer.add(anOutcome(0));
    log.end();
    await committer.settled();
    expect(failures.map(({ code, retryable }) => [code, retryable])).toEqual([['internal', false]]);
  });
});
