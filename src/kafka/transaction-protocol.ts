import type { KafkaBroker, ProducerIdentity } from './kafkajs.ts';
import type { Member } from './membership.ts';
import type { BatchPlace, ProducedBatch } from './mends/produce.ts';

/** Where the input of a partition goes on. */
export interface NextOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A partition that a transaction writes to. */
export interface OutputPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Who answers for a transaction, and who for the offsets in it. */
export interface Coordinators {
  readonly transaction: KafkaBroker;
  readonly group: KafkaBroker;
}

/** Whose transactions they are. */
export interface TransactionNames {
  readonly transactionalId: string;
  readonly groupId: string;
}

/** Inputs of a transaction, and the membership that the work was done under. */
export interface OffsetsOf {
  readonly offsets: readonly NextOffset[];
  readonly member: Member;
}

/** KIP-98 and KIP-447, or KIP-890. */
export type ProtocolName = 'first' | 'second';

/**
 * The requests of a transaction, in one of the two ways that brokers know. Each method resolves when the broker has agreed, and
 * throws its errors. Whatever has to wait for the end of the producer's last transaction does so until the signal aborts
 * (AbortError), and only while nothing is on its way.
 */
export interface TransactionProtocol {
  /** As logs have it. */
  readonly name: ProtocolName;
  /** Tells the coordinator what is to come. */
  begin(producer: ProducerIdentity, outputs: readonly OutputPartition[], signal: AbortSignal): Promise<void>;
  /** At most one batch a partition, all to one leader. */
  produce(leader: KafkaBroker, batches: readonly ProducedBatch[], signal: AbortSignal): Promise<readonly BatchPlace[]>;
  commitOffsets(producer: ProducerIdentity, commit: OffsetsOf, signal: AbortSignal): Promise<void>;
  /** Commits or aborts. Resolves with what the next transaction goes under. */
  end(producer: ProducerIdentity, isCommit: boolean): Promise<ProducerIdentity>;
}

/** How long a leader may wait for its replicas. */
export const PRODUCE_TIMEOUT_MS = 30_000;
