import type { LanesConfig } from '../config/config.ts';
import { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';
import type { PipelineObserver } from '../domain/observer.ts';
import type { RawRecord } from '../domain/record.ts';
import type { JudgedSegment, LaneDeath, LaneOptions } from '../lanes/lane.ts';
import { Lanes } from '../lanes/lanes.ts';
import { Committer } from './committer.ts';
import { Dossiers } from './dossiers.ts';
import { Intake } from './intake.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { Partitions } from './partitions.ts';
import type { Assignment, Source, SourceSink, StateLog } from './ports.ts';
import { Tally } from './tally.ts';
import { chargeFrom, describeDeath, restartNotice } from './trouble.ts';

/** Deaths of a worker over one record, with no word from the watchdog, after which the record is denied. */
const DEATHS_PER_RECORD = 2;
/** Commits in a row that were refused, in passing by their own word, after which the process ends. Silence does not count. */
const MAX_FAILED_COMMITS = 10;
const FIRST_DELAY_MS = 10;
const MAX_DELAY_MS = 2_000;
/** How long a stop waits for what is in hand before it is given up. */
const DRAIN_TIMEOUT_MS = 20_000;

export interface ProcessorOptions {
  readonly source: Source;
  readonly log: StateLog;
  readonly setup: LaneOptions['setup'];
  readonly lanes: LanesConfig;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Least time from one transaction's start to the next one's under load, milliseconds; 0 unless given. */
  readonly commitIntervalMs?: number | undefined;
  /** The lanes' worker file, where it is not the one beside `lane.js`. */
  readonly worker?: string | undefined;
  /** Told after each commit what has been counted so far. */
  readonly onCommit?: ((tally: Tally) => void) | undefined;
  /** Told what becomes of this process and its partitions. */
  readonly observer?: PipelineObserver | undefined;
}

const DRAIN_PROBLEM = `what was in hand could not be committed in ${DRAIN_TIMEOUT_MS} ms`;
const DRAIN_FAILURE = new TollgateError('aborted', DRAIN_PROBLEM, { next: 'it is judged again at the next start' });

/**
 * Judges what a source delivers and commits what comes of it, until it is told to stop or the input ends.
 *
 * 1. A record's outcome is committed at most once: outcomes of an older epoch are dropped, and a new epoch begins only
 *    when no transaction of the partition is under way and its state and position were read from the log.
 * 2. Any failure (a worker's death, a failed commit) ends the epoch of the partitions it touches; nothing is repaired.
 * 3. `run` ends with everything in hand committed, or with the failure that made that impossible.
 */
export class Processor implements SourceSink {
  readonly tally = new Tally();
  readonly #options: ProcessorOptions;
  readonly #lanes: Lanes;
  readonly #committer: Committer;
  readonly #partitions: Partitions;
  readonly #intake: Intake;
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  /** A partition was restarted: a finite source may have ended before it could deliver its records again. */
  #isIncomplete = false;
  #failuresInARow = 0;
  #refusalsInARow = 0;
  #failure: TollgateError | undefined;
  #wake: () => void = () => undefined;

  constructor(options: ProcessorOptions) {
    this.#options = options;
    const { source, log, logger, setup, lanes, nowMs, worker } = options;
    const signal = this.#kill.signal;
    const takeoverSignal = this.#stop.signal;
    const onFailure = (error: TollgateError) => this.#fail(error);
    this.#committer = new Committer(
      log,
      {
        committed: (outcomes) => this.#committed(outcomes),
        failed: (error) => this.#commitFailed(error),
        idle: () => this.#settle(),
      },
      signal,
      options.commitIntervalMs,
      () => this.#lanes.isBehind,
    );
    this.#lanes = new Lanes(lanes.count, {
      setup,
      limits: lanes,
      dossier: new Dossiers((partition) => this.#partitions.get(partition)),
      listener: {
        judged: (segments) => this.#judged(segments),
        died: (death) => this.#died(death),
        failed: onFailure,
      },
      nowMs,
      worker,
    });
    const { revision: policyRevision } = setup;
    const world = { source, log, lanes: this.#lanes, committer: this.#committer };
    const onSettled = () => this.#settle();
    const onRestart = () => {
      this.#isIncomplete = true;
    };
    this.#partitions = new Partitions({
      ...world,
      policyRevision,
      logger,
      signal: takeoverSignal,
      observer: options.observer,
      onFailure,
      onRestart,
      onSettled,
    });
    this.#intake = new Intake(this.#lanes, this.#partitions, source, lanes.queueBytes);
  }

  /**
   * Runs until the input ends or `signal` aborts; then drains: what is in hand is judged and committed. Throws the
   * TollgateError that made going on impossible.
   */
  async run(signal: AbortSignal): Promise<Tally> {
    let deadline: NodeJS.Timeout | undefined;
    const onAbort = () => {
      this.#stop.abort();
      deadline = setTimeout(() => this.#fail(DRAIN_FAILURE), DRAIN_TIMEOUT_MS);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#lanes.ready();
      if (signal.aborted) return this.tally;
      do {
        this.#isIncomplete = false;
        await this.#options.source.run(this, this.#stop.signal);
        await this.#drained();
      } while (this.#isIncomplete && !this.#stop.signal.aborted);
    } finally {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(deadline);
      this.#kill.abort();
      await this.#lanes.close();
      await this.#committer.settled();
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.tally;
  }

  assigned(partitions: readonly number[], assignment: Assignment): void {
    this.#partitions.own(partitions, assignment);
    for (const partition of partitions) this.#intake.relieve(partition);
  }

  revoked(partitions: readonly number[]): void {
    this.#partitions.disown(partitions);
    for (const partition of partitions) this.#intake.relieve(partition);
    this.#settle();
  }

  records(partition: number, records: readonly RawRecord[]): number {
    return this.#intake.records(partition, records);
  }

  #judged(segments: readonly JudgedSegment[]): void {
    for (const { result, records } of segments) {
      const owned = this.#partitions.current(result.partition, result.epoch);
      if (owned === undefined) continue;
      this.#committer.add(outcomeOf(result, records, owned, this.#options.setup.revision));
    }
  }

  #died(death: LaneDeath): void {
    this.tally.workerRestarts++;
    this.#options.observer?.workerRestarted();
    this.#options.logger.warn(describeDeath(death), 'worker replaced: its partitions are judged again from the log');
    this.#holdAgainst(death);
    for (const { partition } of this.#partitions.all()) {
      if (this.#lanes.laneOf(partition) === death.lane)
        this.#partitions.restart(partition, { notice: restartNotice(death) });
    }
  }

  /** A record that hangs its worker, or that workers died over twice, is denied when its partition is judged again. */
  #holdAgainst(death: LaneDeath): void {
    const { culprit, cause } = death;
    const owned = culprit === undefined ? undefined : this.#partitions.get(culprit.partition);
    if (culprit === undefined || owned === undefined) return;
    const deaths = owned.countDeath(culprit.record);
    if (cause.kind === 'died' && deaths < DEATHS_PER_RECORD) return;
    const heads = this.#options.setup.policies.map((policy) => policy.head);
    owned.charge(culprit.record, chargeFrom(death, heads, owned.chargesOf(culprit.record)));
  }

  #committed(outcomes: readonly Outcome[]): void {
    this.tally.commits++;
    this.#failuresInARow = 0;
    this.#refusalsInARow = 0;
    for (const { changes, epoch, counts, bytes } of outcomes) {
      const { partition, sources, meta } = changes;
      this.tally.add(counts, sources);
      const owned = this.#partitions.current(partition, epoch);
      if (owned === undefined) continue;
      owned.settle(meta.positions);
      this.#intake.released(partition, bytes);
    }
    this.#options.observer?.committed(outcomes, this.#options.nowMs());
    this.#options.onCommit?.(this.tally);
  }

  /** The log takes nothing more until it was restored: all partitions begin anew, not only those of the transaction. */
  #commitFailed(error: TollgateError): void {
    this.tally.failedCommits++;
    this.#failuresInARow++;
    if (error.code !== 'broker_unreachable') this.#refusalsInARow++;
    if (!error.retryable || this.#refusalsInARow >= MAX_FAILED_COMMITS) {
      this.#fail(error);
      return;
    }
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#failuresInARow, MAX_DELAY_MS);
    this.#options.logger.warn(
      { err: error, delay_ms: delayMs },
      'commit failed: all partitions begin anew from the log',
    );
    for (const { partition } of this.#partitions.all()) this.#partitions.restart(partition, { delayMs });
  }

  #fail(error: TollgateError): void {
    if (this.#failure === undefined) this.#options.observer?.failing(error);
    this.#failure ??= error;
    this.#committer.stop();
    this.#stop.abort();
    this.#wake();
  }

  #settle(): void {
    if (this.#isIdle()) this.#wake();
  }

  #isIdle(): boolean {
    return this.#intake.isEmpty && this.#committer.isIdle && !this.#partitions.isTakingOver;
  }

  /** After the source has stopped: waits for what is in hand. */
  async #drained(): Promise<void> {
    while (this.#failure === undefined && !this.#isIdle()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
