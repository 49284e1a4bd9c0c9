import { setTimeout } from 'node:timers/promises';
import { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';
import type { PipelineObserver } from '../domain/observer.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { Notice } from '../lanes/messages.ts';
import type { Committer } from './committer.ts';
import { OwnedPartition } from './owned-partition.ts';
import type { Assignment, Source, StateLog } from './ports.ts';
import { takeOver } from './takeover.ts';

/** Takeovers of a partition that failed in a row, each in passing by its own word, after which the process ends. */
const MAX_FAILED_TAKEOVERS = 10;
const FIRST_DELAY_MS = 20;
const MAX_DELAY_MS = 2_000;

/** What takeovers need of the world. */
export interface PartitionsOptions {
  readonly source: Source;
  readonly log: StateLog;
  readonly lanes: Lanes;
  readonly committer: Committer;
  readonly policyRevision: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly observer?: PipelineObserver | undefined;
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
 * 3. A partition that stays ours under a new assignment goes on where it was only when its log proves that nobody else
 *    wrote to it; until that is known nothing of it is committed.
 * 4. What fails in passing is tried again, and nothing stays in hand of a partition whose takeover was stopped.
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
    this.#options.observer?.assigned(partitions);
    for (const partition of partitions) {
      const previous = this.#owned.get(partition);
      if (previous?.isRunning === true) {
        this.#carryOn(previous, assignment);
        continue;
      }
      const owned = new OwnedPartition(partition, assignment, previous);
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
    this.#options.observer?.revoked(partitions);
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
    this.#options.observer?.takingOver(owned.partition);
    owned.epoch = ++this.#epochs;
    owned.beginAnew();
    this.#options.lanes.purge(owned.partition);
    this.#options.committer.drop(owned.partition);
    this.#whileTaking(owned, this.#takeOver(owned, owned.epoch, delayMs));
  }

  #whileTaking(owned: OwnedPartition, work: Promise<void>): void {
    const { epoch } = owned;
    this.#takeovers++;
    work
      .catch((thrown: unknown) => {
        if (this.#isCurrent(owned, epoch)) this.#failed(owned, TollgateError.from(thrown));
      })
      .finally(() => {
        this.#takeovers--;
        this.#options.onSettled();
      });
  }

  /**
   * The partition stays ours under a new assignment. When its log is as we left it, the state in memory, what is with the
   * lane and what waits to be committed all go on; when that cannot be proved, it begins anew.
   */
  #carryOn(owned: OwnedPartition, assignment: Assignment): void {
    owned.assignment = assignment;
    this.#options.committer.hold(owned.partition);
    this.#whileTaking(owned, this.#goOn(owned, assignment));
  }

  async #goOn(owned: OwnedPartition, assignment: Assignment): Promise<void> {
    const { committer, log, signal, source, logger } = this.#options;
    const { partition, epoch } = owned;
    const isCurrent = () => this.#isCurrent(owned, epoch) && owned.assignment === assignment;
    await committer.settled();
    if (!isCurrent()) return;
    const isAsWeLeftIt = await log.isCurrent(partition, signal);
    if (!isCurrent()) return;
    if (!isAsWeLeftIt) {
      this.#begin(owned);
      return;
    }
    logger.debug({ partition, epoch }, 'partition kept');
    committer.release(partition, assignment);
    source.start(partition, owned.delivered);
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
    owned.begin(beginning.positions);
    owned.setRevisionNotice(beginning.notice);
    this.#options.observer?.running(partition, beginning.sessions);
    logger.debug({ partition, epoch, sessions: beginning.sessions }, 'partition taken over');
    source.start(partition, beginning.positions);
  }

  /**
   * A worker's death is retried by whoever reports it; an abort is what we asked for; what passes is tried again, for ever
   * while nobody answers; all else ends the process.
   */
  #failed(owned: OwnedPartition, error: TollgateError): void {
    const { signal, logger, onFailure } = this.#options;
    const { partition } = owned;
    if (signal.aborted) this.#abandon(owned);
    if (error.code === 'lane_failed' || signal.aborted) return;
    owned.failedTakeovers++;
    const isPassing = error.code === 'broker_unreachable' || owned.failedTakeovers < MAX_FAILED_TAKEOVERS;
    if (error.retryable && isPassing) {
      const delayMs = Math.min(FIRST_DELAY_MS * 2 ** owned.failedTakeovers, MAX_DELAY_MS);
      logger.warn({ partition, err: error, delay_ms: delayMs }, 'partition cannot be taken over yet: trying again');
      this.restart(partition, { delayMs });
      return;
    }
    logger.error({ partition, err: error }, 'partition cannot be taken over');
    onFailure(error);
  }

  /** Drops what is in hand: it would wait for a proof that nobody looks for any more. The next start judges it again. */
  #abandon(owned: OwnedPartition): void {
    owned.epoch = ++this.#epochs;
    owned.beginAnew();
    this.#options.lanes.purge(owned.partition);
    this.#options.committer.drop(owned.partition);
  }
}
