import { TollgateError } from '../domain/errors.ts';
import type { CrashPoint, PartitionChanges, PartitionMeta, StateLog } from '../pipeline/ports.ts';
import { type ChangelogState, isEndOf, readChangelog } from './changelog.ts';
import { ChangelogEnds } from './changelog-ends.ts';
import { refuseContradiction } from './group-offsets.ts';
import { kafkaError, kafkaErrorType } from './kafka-error.ts';
import type { KafkaLogOptions } from './log-options.ts';
import { tellingOfWait } from './long-wait.ts';
import type { Member } from './membership.ts';
import { opening } from './opening.ts';
import { planTransaction } from './plan-transaction.ts';
import { openPair, type ProducerPair } from './producer-pair.ts';
import type { TransactionStep } from './transaction.ts';

/** The names of a transaction's steps as crash points. */
const POINTS: Readonly<Record<TransactionStep, CrashPoint>> = {
  begun: 'commit:begun',
  'partly-written': 'commit:outputs-partly-written',
  written: 'commit:outputs-written',
  'offsets-sent': 'commit:offsets-sent',
  ended: 'commit:ended',
};

const NEXT_FOR_HANGING =
  'when the brokers are well, look for a transaction that nobody ends: kafka-transactions.sh find-hanging, and abort what it lists';

/** Answers that say: this process is no longer in the group as it was. */
const EXPELLED: ReadonlySet<string> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);

/**
 * A `StateLog` over topics: one transaction holds decisions, audit, dead letters, session records, meta records and the
 * group's offsets; the sessions changelog is what is restored from.
 *
 * 1. The producers are opened before anything is restored: nobody else with these transactional ids commits any more, so that
 *    what is read is the last word. They are thrown away after any failure; nothing is repaired in place.
 * 2. After a failure each partition commits again only when it was restored since, through newer producers.
 * 3. Work is committed under the membership in which it was done. Of an older epoch nothing is committed.
 * 4. Commits run one at a time, in the order they were asked for.
 * 5. Where a partition begins is committed before anything of it is read: a crash cannot move it.
 */
export class KafkaLog implements StateLog {
  readonly #options: KafkaLogOptions;
  readonly #epochs = new Map<number, number>();
  /** Partitions that were restored since the last failure; undefined while there was none. */
  #restored: Set<number> | undefined;
  #producers: Promise<ProducerPair> | undefined;
  readonly #ends: ChangelogEnds;
  #failures = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: KafkaLogOptions) {
    this.#options = options;
    this.#ends = new ChangelogEnds(options.plan.topics.sessions);
  }

  async restore(
    partition: number,
    onSession: (sessionId: string, value: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<PartitionMeta | undefined> {
    return this.#failing(signal, `restoring partition ${partition}`, async () => {
      // Whoever restores owns the partition now. If that changes meanwhile, nothing may be committed that follows from it.
      const { current } = this.#options.members;
      this.#reach('restore:before');
      await this.#last.catch(() => undefined);
      const failures = this.#failures;
      await this.#open(signal);
      const changelog = await this.#read(partition, signal);
      await this.#refuseContradiction(partition, changelog, signal);
      const { sessions, endOffset, meta } = changelog;
      if (failures === this.#failures) {
        this.#restored?.add(partition);
        this.#ends.restored(partition, endOffset);
      }
      const begun = await this.#begin(partition, meta, current, signal);
      for (const [sessionId, value] of sessions) onSession(sessionId, value);
      this.#reach('restore:after');
      return begun;
    });
  }

  /** A transaction that is never ended holds the end of the changelog back: no timeout of ours would do better than waiting. */
  #read(partition: number, signal: AbortSignal): Promise<ChangelogState> {
    const { readers, plan, logger } = this.#options;
    const { sessions: topic } = plan.topics;
    return tellingOfWait(readChangelog(readers, topic, partition, signal), (seconds) =>
      logger.warn(
        { topic, partition, seconds, next: NEXT_FOR_HANGING },
        'restoring still waits for the end of the changelog',
      ),
    );
  }

  async #begin(
    partition: number,
    meta: PartitionMeta | undefined,
    member: Member | undefined,
    signal: AbortSignal,
  ): Promise<PartitionMeta | undefined> {
    const known = meta?.positions ?? new Map();
    const positions = await this.#options.starts.complete(partition, known);
    if (positions === known) return meta;
    if (!member?.partitions.includes(partition)) throw refused(`partition ${partition} is no longer ours`);
    const changes = opening(partition, member, { ...meta, positions });
    await this.commit([changes], signal);
    return changes.meta;
  }

  /** A contradiction is one only while nobody writes: of a partition that another process has by now both move on. */
  async #refuseContradiction(
    partition: number,
    { meta, topicIds, endOffset }: ChangelogState,
    signal: AbortSignal,
  ): Promise<void> {
    const { readers, plan, transaction, knownTopics } = this.#options;
    const changelog = { topic: plan.topics.sessions, partition };
    const group = { groupId: transaction.groupId, topics: [...plan.inputTopics], partition };
    const positions = meta?.positions;
    try {
      // First: with a topic that is deleted the group's offsets go too.
      await knownTopics.restored(readers, { ...changelog, positions: positions ?? new Map(), topicIds }, signal);
      await refuseContradiction(readers, group, positions, signal);
    } catch (thrown) {
      if (await isEndOf(readers, { ...changelog, expected: endOffset }, signal)) throw thrown;
      throw refused(`partition ${partition} was written to by another process while it was restored`);
    }
  }

  commit(changes: readonly PartitionChanges[], signal: AbortSignal): Promise<void> {
    const mine = this.#last
      .catch(() => undefined)
      .then(() => this.#failing(signal, 'committing', () => this.#commit(changes, signal)));
    this.#last = mine;
    return mine;
  }

  /** The high watermark is where our own last word ends: nobody wrote since, and no transaction is open. */
  async isCurrent(partition: number, signal: AbortSignal): Promise<boolean> {
    const { readers, plan } = this.#options;
    const expected = this.#ends.of(partition);
    if (expected === undefined || this.#restored?.has(partition) === false) return false;
    return this.#failing(signal, `looking at partition ${partition}`, () =>
      isEndOf(readers, { topic: plan.topics.sessions, partition, expected }, signal),
    );
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
  }

  async #commit(changes: readonly PartitionChanges[], signal: AbortSignal): Promise<void> {
    const member = this.#admit(changes);
    const producers = await this.#open(signal);
    try {
      this.#reach('commit:before');
      const { outputs, offsets } = planTransaction(changes, this.#options.plan, this.#options.nowMs());
      const batches = await producers.commit({ outputs, offsets, member }, signal, (step) => this.#reach(POINTS[step]));
      this.#ends.committed(batches);
      this.#options.onCommitted(offsets);
      this.#reach('commit:after');
    } catch (thrown) {
      this.#reset(thrown, member);
      throw thrown;
    }
  }

  /** All of the work must be of the present membership, and no partition may have failed since it was restored. */
  #admit(changes: readonly PartitionChanges[]): Member {
    let member: Member | undefined;
    for (const { partition, assignment } of changes) {
      const own = this.#options.members.memberOf(assignment.epoch);
      const seen = this.#epochs.get(partition) ?? assignment.epoch;
      if (own === undefined || own.generationId !== (member ?? own).generationId || assignment.epoch < seen) {
        throw refused(`assignment ${assignment.epoch} of partition ${partition} is over`);
      }
      if (this.#restored?.has(partition) === false) throw refused(`partition ${partition} must be restored first`);
      member = own;
    }
    if (member === undefined) throw new RangeError('a commit of nothing');
    for (const { partition, assignment } of changes) this.#epochs.set(partition, assignment.epoch);
    return member;
  }

  #open(signal: AbortSignal): Promise<ProducerPair> {
    this.#producers ??= this.#openPair(signal).catch((thrown: unknown) => {
      this.#producers = undefined;
      throw thrown;
    });
    return this.#producers;
  }

  async #openPair(signal: AbortSignal): Promise<ProducerPair> {
    const { cluster, transaction, logger } = this.#options;
    const pair = await openPair(cluster, transaction, signal);
    logger.info({ transaction_protocols: pair.protocols }, 'the producers are open');
    return pair;
  }

  /** What was committed is unknown: only the log can tell. */
  #reset(thrown: unknown, member: Member): void {
    this.#failures++;
    this.#restored = new Set();
    this.#ends.forget();
    this.#producers = undefined;
    const type = kafkaErrorType(thrown);
    const cause = type ?? 'UNKNOWN';
    this.#options.onReset(cause);
    this.#options.logger.warn({ cause }, 'transaction failed: the producers are thrown away');
    if (type !== undefined && EXPELLED.has(type)) this.#options.members.lost(member);
  }

  #reach(point: CrashPoint): void {
    this.#options.crashHook?.(point);
  }

  async #failing<T>(signal: AbortSignal, what: string, work: () => Promise<T>): Promise<T> {
    try {
      if (signal.aborted) throw new TollgateError('aborted', `stopped while ${what}`);
      return await work();
    } catch (thrown) {
      if (signal.aborted) throw new TollgateError('aborted', `stopped while ${what}`, { cause: thrown });
      throw kafkaError(thrown, what);
    }
  }
}

function refused(message: string): TollgateError {
  return new TollgateError('commit_failed', message, { retryable: true });
}
