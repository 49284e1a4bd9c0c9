import { describe, expect, it } from 'vitest';
import type { KafkaBroker, KafkaCluster } from '../../src/kafka/kafkajs.ts';
import { openPair } from '../../src/kafka/producer-pair.ts';

const RUNNING = new AbortController().signal;
const OPTIONS = { transactionalName: 'g-0', groupId: 'g', transactionTimeoutMs: 1_000, compression: 'none' } as const;
const MEMBER = { epoch: 1, generationId: 1, memberId: 'm', partitions: [0] };
const WORK = { outputs: [], offsets: [{ topic: 'in', partition: 0, offset: 1 }], member: MEMBER };

type Init = (id: string) => Promise<void>;

/** A cluster of one broker that notes which ids were opened, and whose transactions were begun. */
function aCluster(init: Init = async () => undefined) {
  const opened: string[] = [];
  const begun: string[] = [];
  const broker = {
    nodeId: 1,
    versions: {},
    initProducerId: async ({ transactionalId }: { readonly transactionalId: string }) => {
      await init(transactionalId);
      opened.push(transactionalId);
      return { producerId: '1', producerEpoch: 0 };
    },
    addOffsetsToTxn: async ({ transactionalId }: { readonly transactionalId: string }) => {
      begun.push(transactionalId);
      throw new Error('enough');
    },
  } as unknown as KafkaBroker;
  const cluster = {
    targetTopics: new Set(),
    refreshMetadata: async () => undefined,
    findGroupCoordinator: async () => broker,
    findBroker: async () => broker,
  } as unknown as KafkaCluster;
  return { opened, begun, cluster };
}

describe('two producers', () => {
  it('take turns, so that a transaction does not wait for the markers of the last one', async () => {
    const { begun, cluster } = aCluster();
    const pair = await openPair(cluster, OPTIONS, RUNNING);
    await expect(pair.commit(WORK, RUNNING)).rejects.toThrow('enough');
    await expect(pair.commit(WORK, RUNNING)).rejects.toThrow('enough');
    expect(begun).toEqual(['g-0-a', 'g-0-b']);
  });

  it('are opened both, so that whoever had either id before can commit nothing', async () => {
    const { opened, cluster } = aCluster();
    await openPair(cluster, OPTIONS, RUNNING);
    expect(opened.toSorted()).toEqual(['g-0-a', 'g-0-b']);
  });

  it('are both waited for when one cannot be opened: a late opening would fence the next ones', async () => {
    let open: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { opened, cluster } = aCluster((id) => (id === 'g-0-a' ? Promise.reject(new Error('refused')) : late));
    let isSettled = false;
    const opening = openPair(cluster, OPTIONS, RUNNING).finally(() => {
      isSettled = true;
    });
    await Promise.allSettled([Promise.race([opening, new Promise((resolve) => setImmediate(resolve))])]);
    expect(isSettled).toBe(false);
    open();
    await expect(opening).rejects.toThrow('refused');
    expect(opened).toEqual(['g-0-b']);
  });
});
