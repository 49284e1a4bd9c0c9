import { addPartitions } from './mends/add-partitions.ts';
import { byTopic } from './mends/by-topic.ts';
import { retryConcurrent } from './mends/concurrent-transactions.ts';
import { commitOffsets } from './mends/offset-commit.ts';
import { produceBatches } from './mends/produce.ts';
import {
  type Coordinators,
  PRODUCE_TIMEOUT_MS,
  type TransactionNames,
  type TransactionProtocol,
} from './transaction-protocol.ts';

/**
 * Transactions as every broker knows them (KIP-98, KIP-447): partitions and group are added before anything is written to them,
 * and a producer keeps its epoch from one transaction to the next.
 */
export function firstProtocol(names: TransactionNames, coordinators: Coordinators): TransactionProtocol {
  const { transactionalId, groupId } = names;
  const { transaction, group } = coordinators;
  return {
    name: 'first',
    begin: async (producer, outputs, signal) => {
      const identity = { transactionalId, ...producer };
      const topics = Array.from(byTopic(outputs), ([topic, all]) => {
        return { topic, partitions: all.map(({ partition }) => partition) };
      });
      await Promise.all([
        retryConcurrent(() => addPartitions(transaction, { ...identity, topics }), signal),
        retryConcurrent(() => transaction.addOffsetsToTxn({ ...identity, groupId }), signal),
      ]);
    },
    produce: (leader, batches) => {
      return produceBatches(leader, { transactionalId, acks: -1, timeoutMs: PRODUCE_TIMEOUT_MS }, batches);
    },
    commitOffsets: (producer, { offsets, member: { generationId, memberId } }) => {
      return commitOffsets(group, { transactionalId, ...producer, groupId, generationId, memberId, offsets });
    },
    end: async (producer, isCommit) => {
      await transaction.endTxn({ transactionalId, ...producer, transactionResult: isCommit });
      return producer;
    },
  };
}
