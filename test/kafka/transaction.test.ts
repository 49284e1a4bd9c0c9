import { describe, expect, it } from 'vitest';
import type { KafkaBroker, KafkaCluster } from '../../src/kafka/kafkajs.ts';
import type { ProducerIdentity } from '../../src/kafka/mends/end-transaction.ts';
import { RecordBatchBuilder } from '../../src/kafka/mends/record-batch.ts';
import { openProducer } from '../../src/kafka/open-producer.ts';
import { TransactionalProducer } from '../../src/kafka/transaction.ts';
import type { TransactionProtocol } from '../../src/kafka/transaction-protocol.ts';

const RUNNING = new AbortController().signal;
const OPTIONS = { transactionalId: 't', groupId: 'g', transactionTimeoutMs: 1_000, compression: 'none' } as const;
const MEMBER = { epoch: 1, generationId: 1, memberId: 'm', partitions: [0] };

/** A cluster of one broker that notes what it is asked for. */
function aCluster() {
  const asked: string[] = [];
  const note = (what: string) => async () => {
    asked.push(what);
    return { producerId: '1', producerEpoch: 0 };
  };
  const broker = {
    nodeId: 1,
    versions: {},
    initProducerId: note('initProducerId'),
    addOffsetsToTxn: note('addOffsetsToTxn'),
    endTxn: async ({ transactionResult }: { readonly transactionResult: boolean }) => {
      asked.push(transactionResult ? 'commit' : 'abort');
    },
  } as unknown as KafkaBroker;
  const cluster = {
    targetTopics: new Set(),
    refreshMetadata: note('refreshMetadata'),
    findGroupCoordinator: async () => broker,
    findBroker: async () => broker,
  } as unknown as KafkaCluster;
  return { asked, cluster };
}

/** A producer that is given `ends` one after the other when it commits; its batches, as they were sent. */
function aProducer(ends: readonly ProducerIdentity[] = []) {
  const sent: { readonly producerId: bigint; readonly producerEpoch: number; readonly baseSequence: number }[] = [];
  const ended: string[] = [];
  const left = [...ends];
  const protocol: TransactionProtocol = {
    begin: async () => undefined,
    produce: async (_leader, batches, signal) => {
      signal.throwIfAborted();
      for (const { batch } of batches) {
        const bytes = Buffer.from(batch);
        const [producerId, producerEpoch] = [bytes.readBigInt64BE(43), bytes.readInt16BE(51)];
        sent.push({ producerId, producerEpoch, baseSequence: bytes.readInt32BE(53) });
      }
      return batches.map(({ topic, partition }) => ({ topic, partition, baseOffset: 0, logAppendTimeMs: -1 }));
    },
    commitOffsets: async () => undefined,
    end: async (producer, isCommit) => {
      ended.push(`${isCommit ? 'commit' : 'abort'} ${producer.producerId}/${producer.producerEpoch}`);
      return left.shift() ?? producer;
    },
  };
  const cluster = {
    findLeaderForPartitions: () => ({ 1: [0] }),
    findBroker: async () => ({}),
  } as unknown as KafkaCluster;
  const producer = new TransactionalProducer(cluster, 'none', protocol, { producerId: '7', producerEpoch: 3 });
  const commit = (records: number, signal = RUNNING) => {
    const batch = new RecordBatchBuilder();
    for (let i = 0; i < records; i++) {
      batch.append({ key: null, value: Buffer.from('x'), timestampMs: 0 });
    }
    const offsets = [{ topic: 'in', partition: 0, offset: 1 }];
    return producer.commit(
      { outputs: [{ topic: 'out', partition: 0, batches: [batch] }], offsets, member: MEMBER },
      signal,
    );
  };
  return { sent, ended, commit };
}

describe('the records of a transactional producer', () => {
  it('are counted from one transaction to the next while it keeps its epoch', async () => {
    const { sent, commit } = aProducer();
    for (const records of [3, 2, 1]) await commit(records);
    expect(sent.map(({ baseSequence }) => baseSequence)).toEqual([0, 3, 5]);
  });

  it('are counted from 0 under the epoch, or the id, that the end of a transaction gave', async () => {
    const { sent, ended, commit } = aProducer([
      { producerId: 7, producerEpoch: 4 },
      { producerId: 8, producerEpoch: 0 },
    ]);
    for (const records of [3, 2, 1]) await commit(records);
    expect(sent).toEqual([
      { producerId: 7n, producerEpoch: 3, baseSequence: 0 },
      { producerId: 7n, producerEpoch: 4, baseSequence: 0 },
      { producerId: 8n, producerEpoch: 0, baseSequence: 0 },
    ]);
    expect(ended).toEqual(['commit 7/3', 'commit 7/4', 'commit 8/0']);
  });

  it('that wait when the process is told to stop are given up, and their transaction is ended', async () => {
    const { sent, ended, commit } = aProducer();
    await expect(commit(1, AbortSignal.abort())).rejects.toThrow('abort');
    expect([sent, ended]).toEqual([[], ['abort 7/3']]);
    await expect(commit(1)).rejects.toThrow('not used again');
  });
});

describe('a transactional producer', () => {
  it('is opened with metadata read anew: leaders that moved may be why the last one failed', async () => {
    const { asked, cluster } = aCluster();
    await openProducer(cluster, OPTIONS, RUNNING);
    expect(asked).toEqual(['refreshMetadata', 'initProducerId']);
  });

  it('begins no transaction without offsets: nothing would fence it', async () => {
    const { asked, cluster } = aCluster();
    const producer = await openProducer(cluster, OPTIONS, RUNNING);
    const work = { outputs: [], offsets: [], member: MEMBER };
    await expect(producer.commit(work, RUNNING)).rejects.toThrow(RangeError);
    expect(asked.slice(2)).toEqual([]);
    expect(producer.isSpent).toBe(false);
  });

  it('told to stop while it begins, aborts what it began: left open it would hold readers back', async () => {
    const { asked, cluster } = aCluster();
    const producer = await openProducer(cluster, OPTIONS, RUNNING);
    const stopped = AbortSignal.abort();
    const offsets = [{ topic: 'in', partition: 0, offset: 1 }];
    await expect(producer.commit({ outputs: [], offsets, member: MEMBER }, stopped)).rejects.toThrow('abort');
    expect(asked.at(-1)).toBe('abort');
    expect(producer.isSpent).toBe(true);
  });
});
