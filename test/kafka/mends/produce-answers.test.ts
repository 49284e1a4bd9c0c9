import { describe, expect, it } from 'vitest';
import type { KafkaBroker, QueuedRequest } from '../../../src/kafka/kafkajs.ts';
import { produceBatches } from '../../../src/kafka/mends/produce.ts';
import { WireWriter } from '../../../src/kafka/mends/wire-writer.ts';
import { secondProtocol } from '../../../src/kafka/second-protocol.ts';

const NEVER = new AbortController().signal;
const OPTIONS = { transactionalId: 't', acks: -1, timeoutMs: 1_000, version: 12 } as const;
const BATCHES = [0, 1].map((partition) => ({ topic: 'out', partition, batch: Buffer.from(`batch ${partition}`) }));

/** A leader that gives these answers one after the other, and keeps the bytes that it was sent, less the correlation id. */
function aLeader(...answers: readonly Buffer[]) {
  const sent: string[] = [];
  const left = [...answers];
  let bytes: Buffer[] = [];
  const connection = {
    clientId: 'test',
    broker: 'fake:1',
    socket: {
      writable: true,
      cork: () => undefined,
      uncork: () => undefined,
      write: (part: Buffer) => bytes.push(part),
    },
    isConnected: () => true,
    isAuthenticated: () => true,
    nextCorrelationId: () => 1,
    requestQueue: {
      maybeThrottle: () => undefined,
      push: ({ entry, sendRequest }: QueuedRequest) => {
        bytes = [];
        sendRequest();
        sent.push(Buffer.concat(bytes).toString('hex'));
        entry.resolve({ payload: left.shift() ?? Buffer.alloc(0) });
      },
    },
  };
  const versions = { 0: { minVersion: 3, maxVersion: 13 } };
  const broker = { versions, connectionPool: { getConnectionByRequest: async () => connection } };
  return { sent, broker: broker as unknown as KafkaBroker };
}

/** An answer with everything that version 12 may hold: reasons of records, a message, and tags that we do not know. */
function answer(...codes: readonly number[]): Buffer {
  const body = new WireWriter().noTags().compactArray(1).compactString('out').compactArray(codes.length);
  for (const [partition, code] of codes.entries()) {
    body
      .int32(partition)
      .int16(code)
      .int64(40 + partition)
      .int64(-1)
      .int64(0);
    body.compactArray(1).int32(0).compactString('a record').noTags();
    body.compactString('a message');
    // A leader that moved (tag 0): two numbers and an end.
    body.unsignedVarint(1).unsignedVarint(0).unsignedVarint(9).int32(3).int32(7).noTags();
  }
  // Where leaders are (tag 0), of no use here.
  return body.noTags().int32(5).unsignedVarint(1).unsignedVarint(0).unsignedVarint(1).int8(1).take();
}

describe('an answer to Produce 12', () => {
  it('is read past what brokers may explain and add', async () => {
    const { broker } = aLeader(answer(0, 0));
    const places = await produceBatches(broker, OPTIONS, BATCHES);
    expect(places.map(({ partition, baseOffset }) => [partition, baseOffset])).toEqual([
      [0, 40],
      [1, 41],
    ]);
  });

  it('that refuses one partition for a reason, and others for its sake, gives the reason', async () => {
    const { broker } = aLeader(answer(55, 3));
    const refused = produceBatches(broker, OPTIONS, BATCHES);
    await expect(refused).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' });
  });

  it('that comes too early for the coordinator is followed by the same bytes again', async () => {
    const { sent, broker } = aLeader(answer(51, 51), answer(51, 51), answer(0, 0));
    const protocol = secondProtocol({ transactionalId: 't', groupId: 'g' }, { transaction: broker, group: broker });
    const places = await protocol.produce(broker, BATCHES, NEVER);
    expect(places).toHaveLength(2);
    expect(new Set(sent).size).toBe(1);
    expect(sent).toHaveLength(3);
  });

  it('that stays too early is waited for no longer when the process is told to stop', async () => {
    const { sent, broker } = aLeader(answer(51, 51), answer(51, 51));
    const stopping = new AbortController();
    const protocol = secondProtocol({ transactionalId: 't', groupId: 'g' }, { transaction: broker, group: broker });
    const producing = protocol.produce(broker, BATCHES, stopping.signal);
    stopping.abort();
    await expect(producing).rejects.toThrow('abort');
    expect(sent.length).toBeLessThan(2);
  });
});
