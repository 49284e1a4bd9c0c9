/**
 * EndTxn, version 5 (KIP-890).
 *
 * kafkajs 2.2.4 knows version 1. With version 5 the coordinator raises the producer's epoch at the end of each transaction,
 * so that what arrives late of an earlier one is refused once that one's markers are written, and says which epoch to go on with.
 */

import { TollgateError } from '../../domain/errors.ts';
import type { KafkaBroker, ProducerIdentity, TransactionIdentity } from '../kafkajs.ts';
import { protocolError } from './protocol-error.ts';
import { sendRequest } from './raw-request.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** A transaction that is to be committed, else aborted. */
export interface TransactionEnd extends TransactionIdentity {
  readonly isCommit: boolean;
}

export const END_TRANSACTION = {
  apiKey: 26,
  apiName: 'EndTxn',
  apiVersion: 5,
  isFlexible: true,
  timeoutMs: 10_000,
} as const;

/**
 * Ends the transaction. Resolves with what the producer's next one is to be sent under, which is never what this one was sent
 * under: there the broker would take its first records for the last one's. Throws the broker's error, and `broker_refused` for an
 * answer without a new epoch.
 */
export async function endTransaction(coordinator: KafkaBroker, end: TransactionEnd): Promise<ProducerIdentity> {
  const request = { ...END_TRANSACTION, parts: [bodyOf(end)] };
  const { errorCode, producerId, producerEpoch } = await sendRequest(coordinator, request, decode);
  if (errorCode !== 0) throw protocolError(errorCode, `ending a transaction of ${end.transactionalId}`);
  const isSame = String(producerId) === String(end.producerId) && producerEpoch <= end.producerEpoch;
  if (isSame || producerId < 0 || producerEpoch < 0) throw noNewEpoch(end.transactionalId);
  return { producerId, producerEpoch };
}

function noNewEpoch(transactionalId: string): TollgateError {
  return new TollgateError(
    'broker_refused',
    `the broker ended a transaction of ${transactionalId} and gave no new epoch`,
    {
      next: 'use Apache Kafka 4.0 or later; or let the cluster keep `transaction.version` at 1, which needs no epochs',
    },
  );
}

function bodyOf({ transactionalId, producerId, producerEpoch, isCommit }: TransactionEnd): Buffer {
  const body = new WireWriter(64).compactString(transactionalId).int64(producerId).int16(producerEpoch);
  return body
    .int8(isCommit ? 1 : 0)
    .noTags()
    .take();
}

interface Answer {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly producerId: number;
  readonly producerEpoch: number;
}

function decode(payload: Buffer): Answer {
  const reader = new WireReader(payload);
  reader.skipTags();
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  return { throttleTimeMs, errorCode, producerId: reader.int64(), producerEpoch: reader.int16() };
}
