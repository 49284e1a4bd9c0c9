import { describe, expect, it } from 'vitest';
import { produceBatches } from '../../../src/kafka/mends/produce.ts';
import { answeringBroker, produceAnswer } from './answering-broker.ts';

const OPTIONS = { transactionalId: 't', acks: -1, timeoutMs: 1_000, version: 12 } as const;
const BATCHES = [0, 1].map((partition) => ({ topic: 'out', partition, batch: Buffer.from(`batch ${partition}`) }));

describe('an answer to Produce 12', () => {
  it('is read past what brokers may explain and add', async () => {
    const { broker } = answeringBroker(produceAnswer(0, 0));
    const places = await produceBatches(broker, OPTIONS, BATCHES);
    expect(places.map(({ partition, baseOffset }) => [partition, baseOffset])).toEqual([
      [0, 40],
      [1, 41],
    ]);
  });

  it('that refuses one partition for a reason, and others for its sake, gives the reason', async () => {
    const { broker } = answeringBroker(produceAnswer(55, 3));
    const refused = produceBatches(broker, OPTIONS, BATCHES);
    await expect(refused).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' });
  });

  it('that explains itself is quoted: trouble with the coordinator has no code of its own', async () => {
    const { broker } = answeringBroker(produceAnswer(0, 19));
    const refused = produceBatches(broker, OPTIONS, BATCHES);
    await expect(refused).rejects.toMatchObject({
      type: 'NOT_ENOUGH_REPLICAS',
      message: expect.stringContaining('producing to out/1: a message'),
    });
  });
});
