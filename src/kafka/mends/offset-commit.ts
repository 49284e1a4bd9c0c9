/**
 * TxnOffsetCommit, version 3 (KIP-447) or 5 (KIP-890).
 *
 * kafkajs 2.2.4 knows version 1, which names no member: a process that was expelled from its group could still commit
 * offsets. Version 3 names generation and member, and the coordinator refuses those that are over. Version 5 has the same
 * fields, and adds the group to the transaction by itself.
 */

import type { KafkaBroker, TransactionIdentity } from '../kafkajs.ts';
import { needing } from '../missing-right.ts';
import { byTopic } from './by-topic.ts';
import { protocolError } from './protocol-error.ts';
import { sendRequest } from './raw-request.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

export interface OffsetCommit extends TransactionIdentity {
  readonly groupId: string;
  /** Of the assignment under which the work was done. */
  readonly generationId: number;
  readonly memberId: string;
  /** The next offset to read, of each partition. */
  readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[];
}

export const OFFSET_COMMIT = { apiKey: 28, apiName: 'TxnOffsetCommit', isFlexible: true, timeoutMs: 10_000 } as const;
/** No leader epoch is known to go with an offset. */
const NO_EPOCH = -1;

/** 3: the group was added to the transaction before. 5: whoever was not is added now. */
type OffsetCommitVersion = 3 | 5;

/**
 * Adds offsets to the open transaction, at the group's coordinator. Throws the first error of the answer: ILLEGAL_GENERATION
 * and UNKNOWN_MEMBER_ID when the membership is over. Throws at once for a commit without a member, which brokers accept.
 */
export async function commitOffsets(
  coordinator: KafkaBroker,
  commit: OffsetCommit,
  version: OffsetCommitVersion = 3,
): Promise<void> {
  if (commit.memberId === '' || commit.generationId < 0) throw new Error('offsets are committed by a member only');
  const request = { ...OFFSET_COMMIT, apiVersion: version, parts: [bodyOf(commit)] };
  const { answers } = await sendRequest(coordinator, request, decode);
  for (const { errorCode, topic, partition } of answers) {
    const what = `committing the offset of ${topic}/${partition}`;
    if (errorCode !== 0) throw needing(protocolError(errorCode, what), 'READ', topic);
  }
  if (answers.length !== commit.offsets.length) throw new Error('the broker did not answer for every offset');
}

function bodyOf(commit: OffsetCommit): Buffer {
  const topics = byTopic(commit.offsets);
  const body = new WireWriter(256)
    .compactString(commit.transactionalId)
    .compactString(commit.groupId)
    .int64(commit.producerId)
    .int16(commit.producerEpoch)
    .int32(commit.generationId)
    .compactString(commit.memberId)
    .compactString(null) // no static membership
    .compactArray(topics.size);
  for (const [topic, offsets] of topics) {
    body.compactString(topic).compactArray(offsets.length);
    for (const { partition, offset } of offsets) {
      body.int32(partition).int64(offset).int32(NO_EPOCH).compactString(null).noTags();
    }
    body.noTags();
  }
  return body.noTags().take();
}

interface Answer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

function decode(payload: Buffer): { readonly throttleTimeMs: number; readonly answers: readonly Answer[] } {
  const reader = new WireReader(payload);
  reader.skipTags();
  const throttleTimeMs = reader.int32();
  const topics = reader.compactArray(() => {
    const topic = reader.compactString();
    return reader.compactArray(() => ({ topic, partition: reader.int32(), errorCode: reader.int16() }));
  });
  return { throttleTimeMs, answers: topics.flat() };
}
