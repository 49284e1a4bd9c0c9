import { Kafka, logLevel } from 'kafkajs';
import { openCluster } from '../../../src/kafka/kafkajs.ts';
import { protocolError } from '../../../src/kafka/mends/protocol-error.ts';
import { sendRequest } from '../../../src/kafka/mends/raw-request.ts';
import { WireReader } from '../../../src/kafka/mends/wire-reader.ts';
import { WireWriter } from '../../../src/kafka/mends/wire-writer.ts';

/**
 * Level of the feature `transaction.version`: with 2 a cluster offers the second transaction protocol, with 1 only the first. Not 0:
 * Kafka 4.3.1 then answers UNSUPPORTED_VERSION to whoever opens an id that was used under 2.
 */
export type TransactionLevel = 1 | 2;

const FEATURE = 'transaction.version';
/** UpdateFeatures (KIP-584), version 1. */
const REQUEST = { apiKey: 57, apiName: 'UpdateFeatures', apiVersion: 1, isFlexible: true, timeoutMs: 20_000 };
const UPGRADE = 1;
const SAFE_DOWNGRADE = 2;

/** Raises or lowers the level of a running cluster; resolves when the controller has agreed. Rejects with its error. */
export async function setTransactionLevel(brokers: readonly string[], level: TransactionLevel): Promise<void> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const cluster = await openCluster(kafka);
  try {
    await cluster.refreshMetadata();
    // Whichever: it goes on to the controller.
    const broker = await cluster.findBroker({ nodeId: 1 });
    const { errorCode } = await sendRequest(broker, { ...REQUEST, parts: [bodyOf(level)] }, decode);
    if (errorCode !== 0) throw protocolError(errorCode, `setting ${FEATURE} to ${level}`);
  } finally {
    await cluster.disconnect();
  }
}

function bodyOf(level: TransactionLevel): Buffer {
  const body = new WireWriter(64).int32(REQUEST.timeoutMs).compactArray(1).compactString(FEATURE).int16(level);
  body.int8(level === 1 ? SAFE_DOWNGRADE : UPGRADE).noTags();
  // To be done, not only checked.
  return body.int8(0).noTags().take();
}

/** Of the request as a whole, else of its only feature. */
function decode(payload: Buffer): { readonly throttleTimeMs: number; readonly errorCode: number } {
  const reader = new WireReader(payload);
  reader.skipTags();
  const throttleTimeMs = reader.int32();
  const whole = reader.int16();
  reader.skipCompactString();
  const features = reader.compactArray(() => {
    reader.compactString();
    const errorCode = reader.int16();
    reader.skipCompactString();
    return errorCode;
  });
  return { throttleTimeMs, errorCode: [whole, ...features].find((code) => code !== 0) ?? 0 };
}
