/**
 * EndTxn, version 5 (KIP-890).
 *
 * kafkajs 2.2.4 knows version 1. With version 5 the coordinator raises the producer's epoch at the end of each transaction,
 * so that what arrives late of an earlier one is refused, and says which one to go on with.
 */

import type { KafkaBroker, ProducerId } from '../kafkajs.ts';
import { protocolError } from './protocol-error.ts';
import { sendRequest } from './raw-request.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** What the coordinator gave a producer. */
export interface ProducerIdentity {
  readonly producerId: ProducerId;
  readonly producerEpoch: number;
}

/** A transaction that is to be committed, else aborted. */
export interface TransactionEnd extends ProducerIdentity {
  readonly transactionalId: string;
  readonly isCommit: boolean;
}

const API_KEY = 26;
const VERSION = 5;
const TIMEOUT_MS = 10_000;

/** Ends the transaction. Resolves with what the producer's next one is to be sent under. Throws the broker's error. */
export async function endTransaction(coordinator: KafkaBroker, end: TransactionEnd): Promise<ProducerIdentity> {
  const request = {
    apiKey: API_KEY,
    apiName: 'EndTxn',
    apiVersion: VERSION,
    isFlexible: true,
    parts: [bodyOf(end)],
    timeoutMs: TIMEOUT_MS,
  };
  const { errorCode, producerId, producerEpoch } = await sendRequest(coordinator, request, decode);
  if (errorCode !== 0) throw protocolError(errorCode, `ending a transaction of ${end.transactionalId}`);
  return { producerId, producerEpoch };
}

function bodyOf({ transactionalId, producerId, producerEpoch, isCommit }: TransactionEnd): Buffer {
  const body = new WireWriter(64).compactString(transactionalId).int64(producerId).int16(producerEpoch);
  return body
    .int8(isCommit ? 1 : 0)
    .noTags()
    .take();
}

function decode(payload: Buffer): ProducerIdentity & { readonly throttleTimeMs: number; readonly errorCode: number } {
  const reader = new WireReader(payload);
  reader.skipTags();
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  return { throttleTimeMs, errorCode, producerId: reader.int64(), producerEpoch: reader.int16() };
}
