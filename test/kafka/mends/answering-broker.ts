import type { KafkaBroker, QueuedRequest } from '../../../src/kafka/kafkajs.ts';
import { WireWriter } from '../../../src/kafka/mends/wire-writer.ts';

/** Produce, TxnOffsetCommit and EndTxn of both transaction protocols, and ApiVersions. */
const VERSIONS = {
  0: { minVersion: 3, maxVersion: 13 },
  18: { minVersion: 0, maxVersion: 4 },
  26: { minVersion: 0, maxVersion: 5 },
  28: { minVersion: 0, maxVersion: 5 },
};

/** A broker that gives these answers one after the other, and keeps the bytes that it was sent, less the correlation id. */
export function answeringBroker(...answers: readonly Buffer[]) {
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
  const broker = { versions: VERSIONS, connectionPool: { getConnectionByRequest: async () => connection } };
  return { sent, broker: broker as unknown as KafkaBroker };
}

/** An answer to Produce of everything that version 12 may hold: reasons of records, a message, and tags that we do not know. */
export function produceAnswer(...codes: readonly number[]): Buffer {
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
