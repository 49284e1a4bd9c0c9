import { describe, expect, it } from 'vitest';
import type { KafkaBroker } from '../../src/kafka/kafkajs.ts';
import { WireWriter } from '../../src/kafka/mends/wire-writer.ts';
import { secondProtocol } from '../../src/kafka/second-protocol.ts';
import { answeringBroker, produceAnswer } from './mends/answering-broker.ts';

const NEVER = new AbortController().signal;
const BATCHES = [0, 1].map((partition) => ({ topic: 'out', partition, batch: Buffer.from(`batch ${partition}`) }));
const PRODUCER = { producerId: '7', producerEpoch: 3 };

function protocolOf(broker: KafkaBroker) {
  return secondProtocol({ transactionalId: 't', groupId: 'g' }, { transaction: broker, group: broker });
}

/** An answer to EndTxn 5. */
function endAnswer(producerId: number, producerEpoch: number): Buffer {
  return new WireWriter().noTags().int32(0).int16(0).int64(producerId).int16(producerEpoch).noTags().take();
}

describe('what the second protocol produces', () => {
  it('too early for the coordinator is followed by the same bytes again', async () => {
    const { sent, broker } = answeringBroker(produceAnswer(51, 51), produceAnswer(51, 51), produceAnswer(0, 0));
    const places = await protocolOf(broker).produce(broker, BATCHES, NEVER);
    expect(places).toHaveLength(2);
    expect(new Set(sent).size).toBe(1);
    expect(sent).toHaveLength(3);
  });

  it('too early is waited for no longer when the process is told to stop', async () => {
    const { sent, broker } = answeringBroker(produceAnswer(51, 51), produceAnswer(51, 51));
    const stopping = new AbortController();
    const producing = protocolOf(broker).produce(broker, BATCHES, stopping.signal);
    stopping.abort();
    await expect(producing).rejects.toThrow('abort');
    expect(sent).toHaveLength(1);
  });

  it('goes out though the process was told to stop: a commit that is under way is finished', async () => {
    const { sent, broker } = answeringBroker(produceAnswer(0, 0));
    await protocolOf(broker).produce(broker, BATCHES, AbortSignal.abort());
    expect(sent).toHaveLength(1);
  });
});

describe('the end of a transaction of the second protocol', () => {
  it.each([
    [7, 4],
    [8, 0],
  ])('gives the next one id %d and epoch %d', async (producerId, producerEpoch) => {
    const { broker } = answeringBroker(endAnswer(producerId, producerEpoch));
    await expect(protocolOf(broker).end(PRODUCER, true)).resolves.toEqual({ producerId, producerEpoch });
  });

  it.each([
    [7, 3],
    [7, 2],
    [-1, -1],
    [7, -1],
  ])(
    'that gives id %d and epoch %d is refused: records would be counted anew under what they were counted under',
    async (...next) => {
      const { broker } = answeringBroker(endAnswer(...next));
      const ending = protocolOf(broker).end(PRODUCER, true);
      await expect(ending).rejects.toMatchObject({
        code: 'broker_refused',
        next: expect.stringContaining('transaction.version'),
      });
    },
  );
});
