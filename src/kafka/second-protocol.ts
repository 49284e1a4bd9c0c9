import { retryConcurrent } from './mends/concurrent-transactions.ts';
import { END_TRANSACTION, endTransaction } from './mends/end-transaction.ts';
import { askFinalizedFeatures } from './mends/finalized-features.ts';
import { commitOffsets, OFFSET_COMMIT } from './mends/offset-commit.ts';
import { PRODUCE, produceBatches } from './mends/produce.ts';
import {
  type Coordinators,
  PRODUCE_TIMEOUT_MS,
  type TransactionNames,
  type TransactionProtocol,
} from './transaction-protocol.ts';

/** The feature of a cluster that says how transactions are done, and its level from which on they are done so. */
const FEATURE = 'transaction.version';
const SECOND_LEVEL = 2;
/** The versions with which requests belong to it. */
const PRODUCE_VERSION = 12;
const OFFSET_COMMIT_VERSION = 5;
/** Requests by API key, and the version that is needed of each. */
const NEEDED = [
  [PRODUCE.apiKey, PRODUCE_VERSION],
  [END_TRANSACTION.apiKey, END_TRANSACTION.apiVersion],
  [OFFSET_COMMIT.apiKey, OFFSET_COMMIT_VERSION],
] as const;

/** Whether all brokers of the coordinator's cluster have agreed on the second protocol: Kafka 4.0 and later, unless told otherwise. */
export async function knowsSecondProtocol({ transaction }: Coordinators): Promise<boolean> {
  const { versions } = transaction;
  if (!NEEDED.every(([apiKey, version]) => (versions?.[apiKey]?.maxVersion ?? 0) >= version)) return false;
  const levels = await askFinalizedFeatures(transaction);
  return (levels.get(FEATURE) ?? 0) >= SECOND_LEVEL;
}

/**
 * Transactions of KIP-890: what is written adds its partition, and the offsets their group, so that two requests fewer are needed;
 * the producer has a new epoch after each one. A request that arrives late is refused once the markers of its transaction are
 * written; until then it would be part of it, which is why none is committed with a request on its way.
 *
 * A request that comes before the markers of the producer's last transaction are written is refused as a whole, and sent again as
 * it is: nothing of it was taken.
 */
export function secondProtocol(names: TransactionNames, coordinators: Coordinators): TransactionProtocol {
  const { transactionalId, groupId } = names;
  const { transaction, group } = coordinators;
  const options = { transactionalId, acks: -1, timeoutMs: PRODUCE_TIMEOUT_MS, version: PRODUCE_VERSION } as const;
  return {
    name: 'second',
    begin: async () => undefined,
    produce: (leader, batches, signal) => retryConcurrent(() => produceBatches(leader, options, batches), signal),
    commitOffsets: (producer, { offsets, member: { generationId, memberId } }, signal) => {
      const commit = { transactionalId, ...producer, groupId, generationId, memberId, offsets };
      return retryConcurrent(() => commitOffsets(group, commit, OFFSET_COMMIT_VERSION), signal);
    },
    end: (producer, isCommit) => endTransaction(transaction, { transactionalId, ...producer, isCommit }),
  };
}
