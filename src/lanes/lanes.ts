import type { ChainHead } from '../domain/decision.ts';
import type { LaneWork } from './batch.ts';
import { Lane, type LaneOptions } from './lane.ts';

const RESTORE_CHUNK = 500;

/** What a partition is given back when it is taken over. */
export interface RestoredPartition {
  readonly partition: number;
  readonly epoch: number;
  readonly sessions: readonly Uint8Array[];
  readonly chain: ChainHead;
  readonly clockMs: number;
}

/** All lanes of the process. A partition's lane never changes, so that its records cannot overtake each other. */
export class Lanes {
  readonly #lanes: readonly Lane[];

  constructor(count: number, options: Omit<LaneOptions, 'index'>) {
    this.#lanes = Array.from({ length: count }, (_, index) => new Lane({ ...options, index }));
  }

  get count(): number {
    return this.#lanes.length;
  }

  /** True when some lane has more to judge than it takes at once: latency is that of the backlog. */
  get isBehind(): boolean {
    return this.#lanes.some((lane) => lane.isBehind);
  }

  /** The lane that serves a partition. */
  laneOf(partition: number): number {
    return partition % this.#lanes.length;
  }

  /** Resolves when every worker has built its policies; rejects with `policy_invalid` when one cannot. */
  async ready(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.control({ kind: 'ready' })));
  }

  enqueue(work: LaneWork): void {
    this.#at(work.partition).enqueue(work);
  }

  purge(partition: number): void {
    this.#at(partition).purge(partition);
  }

  /** Gives a worker the state of a partition, in pieces, before any of its records. Stops when it is no longer current. */
  async restore(restored: RestoredPartition, isCurrent: () => boolean): Promise<void> {
    const { partition, epoch, sessions, chain, clockMs } = restored;
    const lane = this.#at(partition);
    const chunks = Math.max(1, Math.ceil(sessions.length / RESTORE_CHUNK));
    for (let chunk = 0; chunk < chunks && isCurrent(); chunk++) {
      const part = sessions.slice(chunk * RESTORE_CHUNK, (chunk + 1) * RESTORE_CHUNK);
      const end = chunk === chunks - 1 ? { end: { chain, clockMs } } : undefined;
      await lane.control({ kind: 'restore', partition, epoch, begin: chunk === 0, sessions: part, ...end });
    }
  }

  /** Frees the state of a partition that is no longer ours. */
  async drop(partition: number): Promise<void> {
    await this.#at(partition).control({ kind: 'drop', partition });
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #at(partition: number): Lane {
    return this.#lanes[this.laneOf(partition)] as Lane;
  }
}
