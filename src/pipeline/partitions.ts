import { setTimeout } from 'node:timers/promises';
import { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { Notice } from '../lanes/messages.ts';
import type { Committer } from './committer.ts';
import { OwnedPartition } from './owned-partition.ts';
import type { Assignment, Source, StateLog } from './ports.ts';
import { takeOver } from './takeover.ts';

/** What takeovers need of the world. */
export interface PartitionsOptions {
  readonly source: Source;
  readonly log: StateLog;
  readonly lanes: Lanes;
  readonly committer: Committer;
  readonly policyRevision: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** A takeover that cannot succeed: the process must end. */
  readonly onFailure: (error: TollgateError) => void;
  /** A partition begins anew: the source will deliver again what was not committed. */
  readonly onRestart: () => void;
  /** A takeover has ended. */
  readonly onSettled: () => void;
}

/** Why and when a partition begins anew. */
export interface RestartOptions {
  /** Goes into its audit chain before its next records. */
  readonly notice?: Notice;
  /** How long to wait first, where trying again at once would only fail again. */
  readonly delayMs?: number;
}

/**
 * Owns the partitions of this process, and takes them over: at assignment, and again after every failure.
 *
 * 1. While a partition is taken over nothing of it is in any queue, and no transaction of it is under way.
 * 2. Of several takeovers of one partition only the last counts; its epoch tells.
 */
export class Partitions {
  readonly #options: PartitionsOptions;
  readonly #owned = new Map<number, OwnedPartition>();
  #epochs = 0;
  #takeovers = 0;

  constructor(options: PartitionsOptions) {
    this.#options = options;
  }

  /** True while some partition is between a failure, or its assignment, and its first record. */
  get isTakingOver(): boolean {
    return this.#takeovers > 0;
  }

  /** The partition, if it is ours and being judged in this epoch. */
  current(partition: number, epoch: number): OwnedPartition | undefined {
    const owned = this.#owned.get(partition);
    return owned?.epoch === epoch ? owned : undefined;
  }

  get(partition: number): OwnedPartition | undefined {
    return this.#owned.get(partition);
  }

  all(): IterableIterator<OwnedPartition> {
    return this.#owned.values();
  }

  own(partitions: readonly number[], assignment: Assignment): void {
    for (const partition of partitions) {
      const owned = new OwnedPartition(partition, assignment, this.#owned.get(partition));
      this.#owned.set(partition, owned);
      this.#begin(owned);
    }
  }

  disown(partitions: readonly number[]): void {
    const { lanes, committer } = this.#options;
    for (const partition of partitions) {
      this.#owned.delete(partition);
      lanes.purge(partition);
      committer.drop(partition);
      lanes.drop(partition).catch(() => undefined);
    }
  }

  /** Ends the partition's epoch and takes it over anew from the log. */
  restart(partition: number, { notice, delayMs = 0 }: RestartOptions = {}): void {
    const owned = this.#owned.get(partition);
    if (owned === undefined) return;
    this.#options.onRestart();
    this.#begin(owned, delayMs);
    if (notice !== undefined) owned.addNotice(notice);
  }

  #begin(owned: OwnedPartition, delayMs = 0): void {
    owned.epoch = ++this.#epochs;
    owned.beginAnew();
    this.#options.lanes.purge(owned.partition);
    this.#options.committer.drop(owned.partition);
    this.#takeovers++;
    const { epoch } = owned;
    this.#takeOver(owned, epoch, delayMs)
      .catch((thrown: unknown) => {
        if (this.#isCurrent(owned, epoch)) this.#failed(owned, TollgateError.from(thrown));
      })
      .finally(() => {
        this.#takeovers--;
        this.#options.onSettled();
      });
  }

  #isCurrent(owned: OwnedPartition, epoch: number): boolean {
    return this.#owned.get(owned.partition) === owned && owned.epoch === epoch;
  }

  async #takeOver(owned: OwnedPartition, epoch: number, delayMs: number): Promise<void> {
    const { log, lanes, committer, policyRevision, signal, source, logger } = this.#options;
    const { partition } = owned;
    const isCurrent = () => this.#isCurrent(owned, epoch);
    if (delayMs > 0) await setTimeout(delayMs, undefined, { signal });
    await committer.settled();
    if (!isCurrent() || signal.aborted) return;
    const beginning = await takeOver(log, lanes, { partition, epoch, policyRevision }, isCurrent, signal);
    if (beginning === undefined) return;
    owned.judged = beginning.positions;
    owned.setRevisionNotice(beginning.notice);
    owned.isRunning = true;
    logger.debug({ partition, epoch, sessions: beginning.sessions }, 'partition taken over');
    source.start(partition, beginning.positions);
  }

  /** A worker's death is retried by whoever reports it; an abort is what we asked for; all else ends the process. */
  #failed(owned: OwnedPartition, error: TollgateError): void {
    if (error.code === 'lane_failed' || this.#options.signal.aborted) return;
    this.#options.logger.error({ partition: owned.partition, err: error }, 'partition cannot be taken over');
    this.#options.onFailure(error);
  }
}
