import { createKafka } from '../../../src/kafka/client.ts';
import { openCluster } from '../../../src/kafka/kafkajs.ts';
import { produceBatches } from '../../../src/kafka/mends/produce.ts';
import { RecordBatchBuilder } from '../../../src/kafka/mends/record-batch.ts';
import { makeWorkload } from '../workload.ts';
import { QUIET } from './quiet.ts';

const NO_PRODUCER = { producerId: -1, producerEpoch: -1, baseSequence: -1, isTransactional: false };
/** Events are made and sent a slice at a time: all of them at once would not fit. */
const SLICE = 50_000;
const BATCH_BYTES = 500_000;

/** What is written before the clock starts. */
export interface Preload {
  readonly topic: string;
  readonly events: number;
  readonly sessions: number;
  readonly partitions: number;
  readonly bytes: number;
}

/** Writes the events with the adapter's own encoder, a batch a partition and request. */
export async function preload(
  brokers: readonly string[],
  { topic, events, ...shape }: Preload,
  signal: AbortSignal,
): Promise<void> {
  const cluster = await openCluster(createKafka({ brokers, clientId: 'preload' }, QUIET));
  await cluster.addTargetTopic(topic);
  for (let done = 0, seed = 1; done < events; done += SLICE, seed++) {
    signal.throwIfAborted();
    const workload = makeWorkload(Math.min(SLICE, events - done), { ...shape, seed, first: done });
    for (const [partition, records] of workload.entries()) {
      const [nodeId = '0'] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
      const leader = await cluster.findBroker({ nodeId });
      const send = (batch: RecordBatchBuilder) =>
        produceBatches(leader, { transactionalId: null, acks: -1, timeoutMs: 30_000 }, [
          { topic, partition, batch: batch.finish(NO_PRODUCER) },
        ]);
      let batch = new RecordBatchBuilder({ maxBytes: BATCH_BYTES });
      for (const { key, value } of records) {
        const record = { key, value, timestampMs: Date.now() };
        if (batch.append(record)) continue;
        await send(batch);
        batch = new RecordBatchBuilder({ maxBytes: BATCH_BYTES });
        batch.append(record);
      }
      if (batch.count > 0) await send(batch);
    }
  }
  await cluster.disconnect();
}
