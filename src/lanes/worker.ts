import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { createLaneContext } from './lane-context.ts';
import { LaneWorker } from './lane-worker.ts';
import type { JudgeResult, LaneTask, WorkerSetup } from './messages.ts';
import { ProgressWriter } from './progress.ts';
import { ownThread } from './thread-time.ts';

/** The file that each lane's thread runs. Policies are built when it loads; the pool calls `run`. */
const start = begin(workerData as WorkerSetup);

export function run(task: LaneTask): unknown {
  if (start.kind === 'failed') throw start.error;
  const result = start.worker.run(task);
  return result === undefined ? undefined : handOver(result);
}

type Start =
  | { readonly kind: 'ready'; readonly worker: LaneWorker }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A policy that cannot be built fails the first task, with its own words, and not the thread. */
function begin(setup: WorkerSetup): Start {
  const thread = ownThread();
  if (thread !== undefined) new ProgressWriter(setup.progress).thread(thread);
  try {
    return { kind: 'ready', worker: new LaneWorker(createLaneContext(setup)) };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** Transfers the result's buffers instead of copying them. */
function handOver(result: JudgeResult): unknown {
  const buffers = result.segments.map((segment) => segment.buffer);
  return move({ [transferableSymbol]: buffers, [valueSymbol]: result });
}
