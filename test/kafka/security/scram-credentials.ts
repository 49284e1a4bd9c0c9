import { pbkdf2Sync, randomBytes } from 'node:crypto';
import type { Logger } from '../../../src/domain/log.ts';
import { createKafka } from '../../../src/kafka/client.ts';
import { openCluster } from '../../../src/kafka/kafkajs.ts';
import { sendRequest } from '../../../src/kafka/mends/raw-request.ts';
import { WireReader } from '../../../src/kafka/mends/wire-reader.ts';
import { WireWriter } from '../../../src/kafka/mends/wire-writer.ts';

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** AlterUserScramCredentials (KIP-554), which kafkajs does not know. */
const REQUEST = { apiKey: 51, apiName: 'AlterUserScramCredentials', apiVersion: 0, isFlexible: true } as const;
/** By the protocol's number of the mechanism. */
const DIGESTS = [
  [1, 'sha256', 32],
  [2, 'sha512', 64],
] as const;
/** The least that brokers and clients take. */
const ITERATIONS = 4_096;
const TIMEOUT_MS = 10_000;

/** Gives a user a password for both mechanisms of SCRAM, over a listener where that is allowed. */
export async function setScramPasswords(broker: string, name: string, password: string): Promise<void> {
  const cluster = await openCluster(createKafka({ brokers: [broker], clientId: 'scram' }, SILENT));
  try {
    await cluster.refreshMetadata();
    const node = await cluster.findBroker({ nodeId: 1 });
    // One a request: a user may stand in it only once.
    for (const digest of DIGESTS) {
      const parts = [bodyOf(name, password, digest)];
      const { errors } = await sendRequest(node, { ...REQUEST, parts, timeoutMs: TIMEOUT_MS }, decode);
      if (errors.length > 0) throw new Error(`no SCRAM credentials for ${name}: ${errors.join(', ')}`);
    }
  } finally {
    await cluster.disconnect();
  }
}

function bodyOf(name: string, password: string, [mechanism, digest, length]: (typeof DIGESTS)[number]): Buffer {
  const salt = randomBytes(16);
  // No deletions.
  const body = new WireWriter(512).compactArray(0).compactArray(1);
  body.compactString(name).int8(mechanism).int32(ITERATIONS);
  bytes(body, salt);
  bytes(body, pbkdf2Sync(password, salt, ITERATIONS, length, digest));
  return body.noTags().noTags().take();
}

/** COMPACT_BYTES. */
function bytes(body: WireWriter, value: Buffer): void {
  body.unsignedVarint(value.length + 1);
  for (const byte of value) body.int8((byte << 24) >> 24);
}

function decode(payload: Buffer): { readonly throttleTimeMs: number; readonly errors: readonly string[] } {
  const reader = new WireReader(payload);
  reader.skipTags();
  const throttleTimeMs = reader.int32();
  const errors = reader.compactArray(() => {
    reader.skipCompactString();
    const code = reader.int16();
    const message = code === 0 ? reader.skipCompactString() : reader.compactString();
    return code === 0 ? [] : [`${code} ${message}`];
  });
  return { throttleTimeMs, errors: errors.flat() };
}
