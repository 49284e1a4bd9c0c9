import { setTimeout } from 'node:timers/promises';
import type { Consumer, Kafka } from 'kafkajs';
import { TollgateError } from '../domain/errors.ts';
import type { Logger } from '../domain/log.ts';
import { coPartitioned } from './assigner.ts';
import { kafkaError } from './kafka-error.ts';
import { generationOf, rememberGenerations } from './mends/group-generation.ts';

/** This process in the consumer group, as it was when partitions were assigned to it. */
export interface Member {
  /** Ours; grows with each assignment of this process. */
  readonly epoch: number;
  readonly generationId: number;
  readonly memberId: string;
  readonly partitions: readonly number[];
}

/** Told of every change of the membership, one call after another. */
export interface MembershipListener {
  joined(member: Member): void;
  /** The partitions are no longer ours; a later `joined` gives others. */
  lost(): void;
}

export interface MembershipOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  /** Unlike that of any other process of the group. */
  readonly instanceId: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly logger: Logger;
  /** Told of each assignment that the group gave. */
  readonly onRebalance: () => void;
}

/** How soon partitions that were added to the topics are noticed. */
const METADATA_MAX_AGE_MS = 60_000;
const LEAVE_TIMEOUT_MS = 5_000;
/** How long members may take to come back to a rebalance: a member that is busy committing must not be expelled. */
const REBALANCE_TIMEOUT_MS = 30_000;
/**
 * Some 8 s in all, while a heartbeat is answered by nobody: a broker that is started anew costs no partitions. Then they are
 * given up, and the group is joined as a new member.
 */
const RETRIES = 8;
/** The consumer fetches nothing; this is how often it looks whether a heartbeat is due. */
const HEARTBEAT_CHECK_MS = 100;

/**
 * Keeps this process in its consumer group. kafkajs's consumer joins, heartbeats and leaves; all its partitions are
 * paused, since records are fetched by `Fetcher`, which knows exactly where each partition stands.
 *
 * 1. `current` is the membership under which partitions were given, or undefined when they are known to be lost. Work
 *    of another epoch than its is never committed.
 * 2. Every join is a new epoch, also when it gives the same partitions.
 * 3. It lives from `open` to `close`, longer than the source that reads: what is in hand at a stop is committed under it.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #consumer: Consumer;
  readonly #failed = new AbortController();
  #listener: MembershipListener | undefined;
  #current: Member | undefined;
  #claim: Pick<Member, 'generationId' | 'partitions'> = { generationId: -1, partitions: [] };
  #epochs = 0;
  #isClosing = false;
  #opened: Promise<void> | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
    rememberGenerations();
    this.#consumer = options.kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: options.heartbeatIntervalMs,
      maxWaitTimeInMs: HEARTBEAT_CHECK_MS,
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      // kafkajs would go on joining after `close`, for ever while brokers are away, and keep the process alive.
      retry: { retries: RETRIES, restartOnFailure: async () => !this.#isClosing },
      partitionAssigners: [coPartitioned(() => ({ instanceId: options.instanceId, ...this.#claim }))],
    });
    this.#listen();
  }

  /** Aborts, with a TollgateError as its reason, when the membership cannot be kept up. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** The membership that holds now. */
  get current(): Member | undefined {
    return this.#current;
  }

  /** The membership of that epoch, while it lasts. */
  memberOf(epoch: number): Member | undefined {
    return this.#current?.epoch === epoch ? this.#current : undefined;
  }

  /** Joins, once; tells the listener what is assigned from now on, and at once what already is. */
  async open(listener: MembershipListener): Promise<void> {
    this.#listener = listener;
    if (this.#current !== undefined) listener.joined(this.#current);
    this.#opened ??= this.#join();
    await this.#opened;
  }

  /** Stops telling the listener. The membership goes on. */
  silence(): void {
    this.#listener = undefined;
  }

  /** A broker said that this membership is over: what it gave is lost. kafkajs joins again by itself. */
  lost({ epoch }: Member): void {
    if (this.#current?.epoch !== epoch) return;
    this.#forget();
  }

  /**
   * Leaves the group, so that others need not wait for the session to time out. Never rejects, and waits 5 s at most: a
   * join that is under way, or brokers that are away, may take much longer.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#listener = undefined;
    this.#current = undefined;
    const waiting = new AbortController();
    const { signal } = waiting;
    await Promise.race([this.#leave(), setTimeout(LEAVE_TIMEOUT_MS, undefined, { signal }).catch(() => undefined)]);
    waiting.abort();
  }

  async #leave(): Promise<void> {
    try {
      await this.#opened?.catch(() => undefined);
      await this.#consumer.disconnect();
    } catch (thrown) {
      const err = kafkaError(thrown, `leaving group ${this.#options.groupId}`);
      this.#options.logger.debug({ err }, 'the group was not left');
    }
  }

  async #join(): Promise<void> {
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
      await this.#consumer.run({ autoCommit: false, eachBatch: async () => undefined });
    } catch (thrown) {
      throw kafkaError(thrown, `joining group ${this.#options.groupId}`);
    }
  }

  #listen(): void {
    const { GROUP_JOIN, CRASH } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      if (this.#isClosing) return;
      // Before the first fetch: it must find everything paused.
      this.#consumer.pause(this.#options.topics.map((topic) => ({ topic })));
      this.#joined(payload.memberId, payload.memberAssignment);
    });
    this.#consumer.on(CRASH, ({ payload: { error, restart } }) => {
      const failure = kafkaError(error, `membership of group ${this.#options.groupId}`);
      this.#forget();
      if (!restart) this.#failed.abort(failure);
      else this.#options.logger.warn({ err: failure }, 'out of the consumer group: joining again');
    });
  }

  #joined(memberId: string, assignment: Readonly<Record<string, readonly number[]>>): void {
    const generationId = generationOf(memberId);
    if (generationId === undefined) {
      this.#failed.abort(new TollgateError('internal', 'the generation of a join is unknown'));
      return;
    }
    this.#options.onRebalance();
    if (this.#isShutOut(assignment)) {
      this.#forget();
      return;
    }
    const partitions = [...new Set(Object.values(assignment).flat())].sort((a, b) => a - b);
    this.#epochs++;
    this.#claim = { generationId, partitions };
    this.#current = { epoch: this.#epochs, generationId, memberId, partitions };
    this.#options.logger.info({ generation: generationId, partitions }, 'partitions assigned');
    this.#listener?.joined(this.#current);
  }

  /** Told by what is missing: a share may be empty, but it has all topics. */
  #isShutOut(assignment: Readonly<Record<string, unknown>>): boolean {
    const { topics, groupId, instanceId, logger } = this.#options;
    if (topics.every((topic) => assignment[topic] !== undefined)) return false;
    const next =
      'give each process a `kafka.instanceId` of its own, and processes that read other topics another `kafka.groupId`';
    logger.error(
      { group: groupId, instance: instanceId, next },
      'this process is given nothing: another one of its group has its instance id, or reads other topics',
    );
    return true;
  }

  #forget(): void {
    if (this.#current === undefined) return;
    this.#current = undefined;
    this.#listener?.lost();
  }
}
