/**
 * OffsetFetch, version 7 (KIP-447).
 *
 * kafkajs 2.2.4 knows version 4, which answers with the offsets before a transaction whose end was decided but whose marker
 * has not come to the coordinator yet. While the broker it was sent to hangs that takes half a minute (the brokers' own
 * `request.timeout.ms`). Version 7 says so, when asked to: UNSTABLE_OFFSET_COMMIT.
 */

import type { KafkaBroker } from '../kafkajs.ts';
import { protocolError } from './protocol-error.ts';
import { sendRequest } from './raw-request.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

export interface OffsetQuestion {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly partition: number;
}

const REQUEST = { apiKey: 9, apiName: 'OffsetFetch', apiVersion: 7, isFlexible: true, timeoutMs: 10_000 } as const;

/**
 * The group's committed offset of one partition number of each topic, −1 where there is none. Throws the first error of the
 * answer: UNSTABLE_OFFSET_COMMIT while a transaction of the group is open there, or ended and not yet marked.
 */
export async function fetchStableOffsets(
  coordinator: KafkaBroker,
  question: OffsetQuestion,
): Promise<ReadonlyMap<string, number>> {
  const request = { ...REQUEST, parts: [bodyOf(question)] };
  const { answers, errorCode } = await sendRequest(coordinator, request, decode);
  const wrong = errorCode !== 0 ? errorCode : (answers.find((answer) => answer.errorCode !== 0)?.errorCode ?? 0);
  if (wrong !== 0) throw protocolError(wrong, `reading the offsets of group ${question.groupId}`);
  return new Map(answers.map(({ topic, offset }) => [topic, offset]));
}

function bodyOf({ groupId, topics, partition }: OffsetQuestion): Buffer {
  const body = new WireWriter(256).compactString(groupId).compactArray(topics.length);
  for (const topic of topics) body.compactString(topic).compactArray(1).int32(partition).noTags();
  return body.int8(1).noTags().take();
}

interface Answer {
  readonly topic: string;
  readonly offset: number;
  readonly errorCode: number;
}

interface Answers {
  readonly throttleTimeMs: number;
  readonly answers: readonly Answer[];
  readonly errorCode: number;
}

function decode(payload: Buffer): Answers {
  const reader = new WireReader(payload);
  reader.skipTags();
  const throttleTimeMs = reader.int32();
  const topics = reader.compactArray(() => {
    const topic = reader.compactString();
    return reader.compactArray(() => {
      reader.int32(); // the partition asked for
      const offset = reader.int64();
      reader.int32(); // leader epoch
      reader.skipCompactString(); // metadata
      return { topic, offset, errorCode: reader.int16() };
    });
  });
  return { throttleTimeMs, answers: topics.flat(), errorCode: reader.int16() };
}
