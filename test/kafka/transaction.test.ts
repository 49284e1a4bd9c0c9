import { describe, expect, it } from 'vitest';
import type { KafkaBroker, KafkaCluster } from '../../src/kafka/kafkajs.ts';
import { openProducer } from '../../src/kafka/open-producer.ts';

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
    refreshMetadata: note('refreshMetadata'),
    findGroupCoordinator: async () => broker,
    findBroker: async () => broker,
  } as unknown as KafkaCluster;
  return { asked, cluster };
}

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
