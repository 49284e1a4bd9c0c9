import { setTimeout } from 'node:timers/promises';
import type { Compression } from '../domain/compression.ts';
import { kafkaAnswer } from './kafka-error.ts';
import type { KafkaCluster, ProducerIdentity } from './kafkajs.ts';
import type { Member } from './membership.ts';
import type { RecordBatchBuilder } from './mends/record-batch.ts';
import type { NextOffset, ProtocolName, TransactionProtocol } from './transaction-protocol.ts';

/** Batches of one partition of a topic, in order; each is sent in a request of its own. */
export interface PartitionBatches {
  readonly topic: string;
  readonly partition: number;
  readonly batches: readonly RecordBatchBuilder[];
}

/** Everything that one transaction holds. */
export interface TransactionWork {
  readonly outputs: readonly PartitionBatches[];
  readonly offsets: readonly NextOffset[];
  /** The membership that the work was done under. */
  readonly member: Member;
}

/** Where a batch came to lie. */
export interface WrittenBatch {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
  readonly records: number;
}

/** Steps of a transaction, told to whoever wants to know (crash points). */
export type TransactionStep = 'begun' | 'partly-written' | 'written' | 'offsets-sent' | 'ended';

export interface TransactionOptions {
  readonly transactionalId: string;
  readonly groupId: string;
  readonly transactionTimeoutMs: number;
  readonly compression: Compression;
}

/** How long a stop waits for the answer to its abort. */
const ABANDON_MS = 1_000;
/** Sequence numbers are int32 and begin again at 0. */
const SEQUENCES = 2 ** 31;

/**
 * A transactional producer of one life: made by `openProducer`, which fences whoever used its id before and ends what
 * that one left open, and thrown away after the first failure.
 *
 * 1. Within a transaction: outputs are produced, and only when all of them are acknowledged are the offsets sent, and only
 *    then is it ended. A taker-over that saw no output of ours may rely on it: our offsets come later, and are refused.
 * 2. No transaction is committed without its offsets accepted under the generation that the work was done in.
 * 3. Nothing that may have been written is sent twice. After any rejection the sequence numbers are unknown, and the broker may
 *    take new records for old ones (reproduced: acknowledged, committed, not in the log), so that the producer is never
 *    used again.
 * 4. The sequence numbers of a partition begin at 0 with each epoch.
 */
export class TransactionalProducer {
  readonly #cluster: KafkaCluster;
  readonly #compression: Compression;
  readonly #protocol: TransactionProtocol;
  readonly #sequences = new Map<string, number>();
  #identity: ProducerIdentity;
  #isSpent = false;

  constructor(
    cluster: KafkaCluster,
    compression: Compression,
    protocol: TransactionProtocol,
    identity: ProducerIdentity,
  ) {
    this.#cluster = cluster;
    this.#compression = compression;
    this.#protocol = protocol;
    this.#identity = identity;
  }

  get protocol(): ProtocolName {
    return this.#protocol.name;
  }

  /** True after a failure: what was sent may be there or not. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /**
   * Commits everything or nothing. After it threw only the log can tell which. Resolves with the place of each batch. The signal ends
   * what waits for the last transaction, and nothing else: a commit that is under way is finished.
   */
  async commit(
    work: TransactionWork,
    signal: AbortSignal,
    onStep: (step: TransactionStep) => void = () => undefined,
  ): Promise<readonly WrittenBatch[]> {
    if (this.#isSpent) throw new Error('a producer that failed is not used again');
    // A broker that is given no offsets does not look at the generation: such a transaction would be fenced by nothing.
    if (work.offsets.length === 0) throw new RangeError('a transaction without offsets');
    signal.throwIfAborted();
    this.#isSpent = true;
    try {
      const places = await this.#run(work, signal, onStep);
      this.#isSpent = false;
      return places;
    } catch (thrown) {
      // Every request was answered or given up by then: the one that ends the transaction is the last.
      if (isAbort(thrown, signal)) await this.#abandon();
      throw thrown;
    }
  }

  /** Ends what was begun when the process is told to stop: left open it would hold readers back until it times out. */
  async #abandon(): Promise<void> {
    const limit = setTimeout(ABANDON_MS, undefined, { ref: false });
    await Promise.race([this.#protocol.end(this.#identity, false), limit]).catch(() => undefined);
  }

  async #run(
    { outputs, offsets, member }: TransactionWork,
    signal: AbortSignal,
    onStep: (step: TransactionStep) => void,
  ): Promise<readonly WrittenBatch[]> {
    await this.#protocol.begin(this.#identity, outputs, signal);
    onStep('begun');
    const places = await this.#produce(outputs, signal, onStep);
    onStep('written');
    await this.#protocol.commitOffsets(this.#identity, { offsets, member }, signal);
    onStep('offsets-sent');
    const next = await this.#protocol.end(this.#identity, true);
    if (!isSame(next, this.#identity)) this.#sequences.clear();
    this.#identity = next;
    onStep('ended');
    return places;
  }

  /** One request a leader, and one batch a partition in it; what is left over follows when all are acknowledged. */
  async #produce(
    outputs: readonly PartitionBatches[],
    signal: AbortSignal,
    onStep: (step: TransactionStep) => void,
  ): Promise<readonly WrittenBatch[]> {
    const places: WrittenBatch[] = [];
    const rounds = Math.max(0, ...outputs.map(({ batches }) => batches.length));
    for (let round = 0; round < rounds; round++) {
      if (round > 0) onStep('partly-written');
      const byLeader = this.#byLeader(outputs.filter(({ batches }) => batches.length > round));
      const requests = Array.from(byLeader, ([nodeId, parts]) => this.#send(nodeId, { parts, round }, signal));
      // Every request is awaited, also when one has failed: nothing may be on its way when the log is read again.
      const results = await Promise.allSettled(requests);
      const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
      // That one of them was told to stop matters most: what it leaves open is to be ended.
      if (failures.length > 0) throw failures.find((failure) => isAbort(failure, signal)) ?? failures[0];
      for (const result of results) if (result.status === 'fulfilled') places.push(...result.value);
    }
    return places;
  }

  async #send(
    nodeId: string,
    { parts, round }: { readonly parts: readonly PartitionBatches[]; readonly round: number },
    signal: AbortSignal,
  ): Promise<readonly WrittenBatch[]> {
    const leader = await this.#cluster.findBroker({ nodeId });
    const batches = parts.map(({ topic, partition, batches: all }) => {
      const builder = all[round] as RecordBatchBuilder;
      const head = { ...this.#identity, baseSequence: this.#sequence(topic, partition, builder.count) };
      return { topic, partition, batch: builder.finish({ ...head, isTransactional: true }, this.#compression) };
    });
    const places = await this.#protocol.produce(leader, batches, signal);
    const counts = new Map(parts.map((part) => [placeOf(part), part.batches[round]?.count ?? 0]));
    return places.map(({ topic, partition, baseOffset }) => {
      return { topic, partition, baseOffset, records: counts.get(placeOf({ topic, partition })) ?? 0 };
    });
  }

  #byLeader(outputs: readonly PartitionBatches[]): ReadonlyMap<string, PartitionBatches[]> {
    const byLeader = new Map<string, PartitionBatches[]>();
    for (const part of outputs) {
      const leaders = this.#cluster.findLeaderForPartitions(part.topic, [part.partition]);
      const nodeId = Object.keys(leaders)[0];
      if (nodeId === undefined) throw kafkaAnswer('LEADER_NOT_AVAILABLE', `producing to ${placeOf(part)}`);
      const parts = byLeader.get(nodeId);
      if (parts === undefined) byLeader.set(nodeId, [part]);
      else parts.push(part);
    }
    return byLeader;
  }

  #sequence(topic: string, partition: number, count: number): number {
    const place = placeOf({ topic, partition });
    const sequence = this.#sequences.get(place) ?? 0;
    this.#sequences.set(place, (sequence + count) % SEQUENCES);
    return sequence;
  }
}

function placeOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`;
}

/** Whether records of both are counted as one sequence. */
function isSame(a: ProducerIdentity, b: ProducerIdentity): boolean {
  return a.producerEpoch === b.producerEpoch && String(a.producerId) === String(b.producerId);
}

/** Whether it is what the signal made of a wait. */
function isAbort(thrown: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && (thrown === reason || (thrown instanceof Error && thrown.name === 'AbortError'));
}
