import { describe, expect, it } from 'vitest';
import type { KafkaBroker, KafkaCluster, ProducerIdentity } from '../../src/kafka/kafkajs.ts';
import { protocolError } from '../../src/kafka/mends/protocol-error.ts';
import { RecordBatchBuilder } from '../../src/kafka/mends/record-batch.ts';
import { openProducer } from '../../src/kafka/open-producer.ts';
import { TransactionalProducer } from '../../src/kafka/transaction.ts';
import type { TransactionProtocol } from '../../src/kafka/transaction-protocol.ts';

const RUNNING = new AbortController().signal;
const OPTIONS = { transactionalId: 't', groupId: 'g', transactionTimeoutMs: 1_000, compression: 'none' } as const;
const MEMBER = { epoch: 1, generationId: 1, memberId: 'm', partitions: [0] };

/** A cluster of one broker that notes what it is asked for; the last transaction is in the way of the next one's offsets. */
function aCluster(onAdding: () => void = () => undefined) {
  const asked: string[] = [];
  const note = (what: string) => async () => {
    asked.push(what);
    return { producerId: '1', producerEpoch: 0 };
  };
  const broker = {
    nodeId: 1,
    versions: { 24: { minVersion: 0, maxVersion: 3 } },
    // What adds partitions is never answered.
    connectionPool: { getConnectionByRequest: () => new Promise(() => undefined) },
    initProducerId: note('initProducerId'),
    addOffsetsToTxn: async () => {
      asked.push('addOffsetsToTxn');
      onAdding();
      throw protocolError(51, 'in a test');
    },
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

function batchOf(records: number): RecordBatchBuilder {
  const batch = new RecordBatchBuilder();
  for (let i = 0; i < records; i++) batch.append({ key: null, value: Buffer.from('x'), timestampMs: 0 });
  return batch;
}

const OFFSETS = [{ topic: 'in', partition: 0, offset: 1 }];

/** A producer that is given `ends` one after the other when it commits; its batches, as they were sent. */
function aProducer(ends: readonly ProducerIdentity[] = []) {
  const sent: { readonly producerId: bigint; readonly producerEpoch: number; readonly baseSequence: number }[] = [];
  const ended: string[] = [];
  const left = [...ends];
  const protocol: TransactionProtocol = {
    name: 'second',
    begin: async () => undefined,
    produce: async (_leader, batches) => {
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
    const outputs = [{ topic: 'out', partition: 0, batches: [batchOf(records)] }];
    return producer.commit({ outputs, offsets: OFFSETS, member: MEMBER }, signal);
  };
  return { sent, ended, commit };
}

describe('the records of a transactional producer', () => {
  it('are counted from one transaction to the next while it keeps its epoch', async () => {
    const { sent, commit } = aProducer();
    for (const records of [3, 2, 1]) await commit(records);
    expect(sent.map(({ baseSequence }) => baseSequence)).toEqual([0, 3, 5]);
  });

  it('are counted on where the end of a transaction gave the same again', async () => {
    const same = { producerId: 7, producerEpoch: 3 };
    const { sent, commit } = aProducer([same, { ...same }]);
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

  it('are not sent when the process was told to stop, and others may be later: nothing was begun', async () => {
    const { sent, ended, commit } = aProducer();
    await expect(commit(1, AbortSignal.abort())).rejects.toThrow('abort');
    expect([sent, ended]).toEqual([[], []]);
    await commit(1);
    expect(ended).toEqual(['commit 7/3']);
  });
});

/** What became of a transaction that writes to partitions 0 and 1, which leaders 0 and 1 answer as they are told. */
function withTwoLeaders(answers: readonly [Promise<void>, Promise<void>]) {
  const done: string[] = [];
  const protocol: TransactionProtocol = {
    name: 'second',
    begin: async () => undefined,
    produce: async ({ nodeId }, batches) => {
      await answers[nodeId];
      done.push('written');
      return batches.map(({ topic, partition }) => ({ topic, partition, baseOffset: 0, logAppendTimeMs: -1 }));
    },
    commitOffsets: async () => {
      done.push('offsets');
    },
    end: async (given, isCommit) => {
      done.push(isCommit ? 'commit' : 'abort');
      return given;
    },
  };
  const cluster = {
    findLeaderForPartitions: (_topic: string, [partition]: readonly number[]) => ({ [String(partition)]: [partition] }),
    findBroker: async ({ nodeId }: { readonly nodeId: string }) => ({ nodeId: Number(nodeId) }),
  } as unknown as KafkaCluster;
  const producer = new TransactionalProducer(cluster, 'none', protocol, { producerId: '7', producerEpoch: 3 });
  const outputs = [0, 1].map((partition) => ({ topic: 'out', partition, batches: [batchOf(1)] }));
  const commit = (signal: AbortSignal) => producer.commit({ outputs, offsets: OFFSETS, member: MEMBER }, signal);
  return { done, producer, commit };
}

describe('a transaction with two leaders', () => {
  it.each([0, 1])('of which %d refuses waits for the other one, and is not ended', async (refusing) => {
    const refused = Promise.reject(protocolError(6, 'in a test'));
    let answer: () => void = () => undefined;
    const other = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { done, producer, commit } = withTwoLeaders(refusing === 0 ? [refused, other] : [other, refused]);
    const failed = commit(RUNNING).catch((thrown: unknown) => {
      done.push('failed');
      return thrown;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toEqual([]);
    answer();
    await expect(failed).resolves.toMatchObject({ type: 'NOT_LEADER_FOR_PARTITION' });
    expect(done).toEqual(['written', 'failed']);
    expect(producer.isSpent).toBe(true);
    await expect(commit(RUNNING)).rejects.toThrow('not used again');
  });

  it.each([0, 1])(
    'of which %d is waited for when the process is told to stop is ended, whatever the other one answers',
    async (waiting) => {
      const stopping = new AbortController();
      const wait = new Promise<void>((_resolve, reject) => {
        stopping.signal.addEventListener('abort', () => reject(stopping.signal.reason));
      });
      const refused = Promise.reject(protocolError(6, 'in a test'));
      const { done, commit } = withTwoLeaders(waiting === 0 ? [wait, refused] : [refused, wait]);
      const failed = expect(commit(stopping.signal)).rejects.toThrow('abort');
      await new Promise((resolve) => setImmediate(resolve));
      stopping.abort();
      await failed;
      expect(done).toEqual(['abort']);
    },
  );
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

  it('told to stop while it waits to begin, aborts what it began: left open it would hold readers back', async () => {
    const stopping = new AbortController();
    const { asked, cluster } = aCluster(() => stopping.abort());
    const producer = await openProducer(cluster, OPTIONS, RUNNING);
    const work = { outputs: [], offsets: OFFSETS, member: MEMBER };
    await expect(producer.commit(work, stopping.signal)).rejects.toThrow('abort');
    expect(asked.at(-1)).toBe('abort');
    expect(producer.isSpent).toBe(true);
  });
});
