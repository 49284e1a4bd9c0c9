import { afterEach, describe, expect, it, vi } from 'vitest';
import { TollgateError } from '../../src/domain/errors.ts';
import { SegmentCounter } from '../../src/lanes/segment-counts.ts';
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

  async isCurrent(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {
    this.#settle = undefined;
  }

  end(error?: Error): void {
    if (error === undefined) this.#settle?.resolve();
    else this.#settle?.reject(error);
  }
}

function anOutcome(partition: number, outputBytes = 100, records = 0): Outcome {
  const changes = { partition, sources: Array(records).fill({}) } as unknown as PartitionChanges;
  const counts = new SegmentCounter([]).take(0, 0);
  return { changes, epoch: 1, counts, outputBytes, bytes: outputBytes };
}

function aCommitter(onCommitted: () => void = () => undefined, intervalMs = 0, isBehind = () => false) {
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
    intervalMs,
    isBehind,
  );
  return { log, failures, committed, committer };
}

describe('a committer', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    { name: 'gathers for a while after a large transaction', last: 100, waiting: 100, commitsAtOnce: 1 },
    { name: 'commits at once after a small one', last: 5, waiting: 100, commitsAtOnce: 2 },
    { name: 'commits at once when plenty waits already', last: 100, waiting: 5_000, commitsAtOnce: 2 },
  ])('$name', async ({ last, waiting, commitsAtOnce }) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { log, committer } = aCommitter(() => undefined, 20);
    committer.add(anOutcome(0, 100, last));
    committer.add(anOutcome(1, 100, waiting));
    log.end();
    await committer.settled();
    expect(log.commits).toHaveLength(commitsAtOnce);
    vi.advanceTimersByTime(20);
    expect(log.commits).toHaveLength(2);
    expect(committer.isIdle).toBe(false);
  });

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

  it.each([
    { name: 'gathers ten times as long while the lanes are behind', staysBehind: true, commitsAfter20: 1 },
    { name: 'gathers no longer once the lanes are not behind', staysBehind: false, commitsAfter20: 2 },
  ])('$name', async ({ staysBehind, commitsAfter20 }) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    let isBehind = true;
    const { log, committer } = aCommitter(
      () => undefined,
      20,
      () => isBehind,
    );
    committer.add(anOutcome(0, 100, 100));
    log.end();
    await committer.settled();
    committer.add(anOutcome(0, 100, 100));
    vi.advanceTimersByTime(20);
    expect(log.commits).toHaveLength(1);
    isBehind = staysBehind;
    committer.add(anOutcome(1, 100, 1));
    expect(log.commits).toHaveLength(commitsAfter20);
    vi.advanceTimersByTime(180);
    expect(log.commits).toHaveLength(2);
  });

  it('ends its pause as soon as plenty waits', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { log, committer } = aCommitter(() => undefined, 20);
    committer.add(anOutcome(0, 100, 100));
    log.end();
    await committer.settled();
    committer.add(anOutcome(0, 100, 100));
    expect(log.commits).toHaveLength(1);
    committer.add(anOutcome(1, 100, 5_000));
    expect(log.commits).toHaveLength(2);
  });

  it('keeps what waits of a held partition, commits the others, and goes on under the assignment it is released with', async () => {
    const { log, committed, committer } = aCommitter();
    committer.hold(1);
    for (const partition of [1, 0, 1]) committer.add(anOutcome(partition));
    log.end();
    await committer.settled();
    expect(log.commits.map((changes) => changes.map(({ partition }) => partition))).toEqual([[0]]);
    expect(committer.isIdle).toBe(false);
    committer.release(1, { epoch: 7 });
    log.end();
    await committer.settled();
    expect(log.commits[1]?.map(({ partition, assignment }) => [partition, assignment.epoch])).toEqual([
      [1, 7],
      [1, 7],
    ]);
    expect(committed).toEqual([1, 2]);
  });

  it('drops what waits of a held partition, and holds nothing of it afterwards', async () => {
    const { log, committer } = aCommitter();
    committer.hold(1);
    committer.add(anOutcome(1));
    committer.drop(1);
    expect(committer.isIdle).toBe(true);
    committer.add(anOutcome(1));
    log.end();
    await committer.settled();
    expect(log.commits).toHaveLength(1);
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
