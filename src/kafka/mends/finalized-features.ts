/**
 * ApiVersions, version 3: the first that tells which features a cluster has finalized (KIP-584), the transaction protocol among
 * them. kafkajs 2.2.4 knows version 1, which tells the versions of requests only.
 */

import type { KafkaBroker } from '../kafkajs.ts';
import { protocolError } from './protocol-error.ts';
import { sendRequest } from './raw-request.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const REQUEST = { apiKey: 18, apiName: 'ApiVersions', apiVersion: 3, isFlexible: true, timeoutMs: 10_000 } as const;
/** Of the answer's tags. */
const FINALIZED_FEATURES = 2;
/** Brokers note name and version of their clients, and refuse empty ones. */
const SOFTWARE = { name: 'tollgate', version: '1' };

/**
 * Feature → the level that every broker of the cluster keeps to. Empty where brokers are older than Kafka 2.7, or are no Apache
 * Kafka. Throws the broker's error.
 */
export async function askFinalizedFeatures(broker: KafkaBroker): Promise<ReadonlyMap<string, number>> {
  if ((broker.versions?.[REQUEST.apiKey]?.maxVersion ?? 0) < REQUEST.apiVersion) return new Map();
  const request = {
    ...REQUEST,
    parts: [new WireWriter(64).compactString(SOFTWARE.name).compactString(SOFTWARE.version).noTags().take()],
  };
  const { errorCode, levels } = await sendRequest(broker, request, decode);
  if (errorCode !== 0) throw protocolError(errorCode, 'asking for the features of the cluster');
  return levels;
}

/** The only answer whose header stays without tags in a flexible version: the oldest clients must be able to read it. */
function decode(payload: Buffer): {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly levels: ReadonlyMap<string, number>;
} {
  const reader = new WireReader(payload);
  const errorCode = reader.int16();
  reader.compactArray(() => reader.skip(6)); // request, its first and its last version
  const throttleTimeMs = reader.int32();
  const levels = new Map<string, number>();
  reader.tags((tag, content) => {
    if (tag !== FINALIZED_FEATURES) return;
    content.compactArray(() => {
      const feature = content.compactString();
      levels.set(feature, content.int16());
      content.int16(); // the least level
    });
  });
  return { throttleTimeMs, errorCode, levels };
}
