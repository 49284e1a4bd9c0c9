/**
 * AddPartitionsToTxn, version 1.
 *
 * A broker that refuses one partition answers OPERATION_NOT_ATTEMPTED for all others. kafkajs 2.2.4 throws whichever error
 * comes first, without its place: mostly that one, which says nothing. Here it is the one that was meant.
 */

import type { KafkaBroker, TransactionIdentity } from '../kafkajs.ts';
import { needing } from '../missing-right.ts';
import { failureOf, protocolError } from './protocol-error.ts';
import { sendRequest } from './raw-request.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** Partitions that a transaction is about to write to. */
export interface PartitionsToAdd extends TransactionIdentity {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
}

const REQUEST = {
  apiKey: 24,
  apiName: 'AddPartitionsToTxn',
  apiVersion: 1,
  isFlexible: false,
  timeoutMs: 10_000,
} as const;

/** Adds partitions to the producer's transaction, at its coordinator. Throws the error that kept the broker from it. */
export async function addPartitions(coordinator: KafkaBroker, added: PartitionsToAdd): Promise<void> {
  const request = { ...REQUEST, parts: [bodyOf(added)] };
  const { answers } = await sendRequest(coordinator, request, decode);
  const failure = failureOf(answers);
  if (failure === undefined) return;
  const error = protocolError(failure.errorCode, `adding ${failure.topic}/${failure.partition} to a transaction`);
  throw needing(error, 'WRITE', failure.topic);
}

function bodyOf({ transactionalId, producerId, producerEpoch, topics }: PartitionsToAdd): Buffer {
  const body = new WireWriter(256).string(transactionalId).int64(producerId).int16(producerEpoch).int32(topics.length);
  for (const { topic, partitions } of topics) {
    body.string(topic).int32(partitions.length);
    for (const partition of partitions) body.int32(partition);
  }
  return body.take();
}

interface Answer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

function decode(payload: Buffer): { readonly throttleTimeMs: number; readonly answers: readonly Answer[] } {
  const reader = new WireReader(payload);
  const throttleTimeMs = reader.int32();
  const topics = reader.array(() => {
    const topic = reader.string();
    return reader.array(() => ({ topic, partition: reader.int32(), errorCode: reader.int16() }));
  });
  return { throttleTimeMs, answers: topics.flat() };
}
