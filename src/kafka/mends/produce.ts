/**
 * Produce, version 7 or 12, of batches that are encoded already.
 *
 * kafkajs's producer chooses sequence numbers of its own, sends again by itself, and after a failure uses numbers a second
 * time, so that the broker takes new records for old ones: acknowledged, and not in the log. Here nothing is
 * sent twice; who calls keeps the numbers, and may send again what was refused as a whole. The batches go to the socket uncopied.
 */

import type { KafkaBroker } from '../kafkajs.ts';
import { needing } from '../missing-right.ts';
import { byTopic } from './by-topic.ts';
import { type ProduceForm, produceForms } from './produce-forms.ts';
import { failureOf, protocolError } from './protocol-error.ts';
import { sendRequest } from './raw-request.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

export interface ProducedBatch {
  readonly topic: string;
  readonly partition: number;
  /** A whole record batch: what `RecordBatchBuilder.finish` returns. */
  readonly batch: Uint8Array;
}

/** Where a batch came to lie. */
export interface BatchPlace {
  readonly topic: string;
  readonly partition: number;
  /** Of its first record; the others follow without gaps. */
  readonly baseOffset: number;
  /** −1 on a topic with the producers' times, unless the broker took the batch for one that it has already. */
  readonly logAppendTimeMs: number;
}

/** 12 adds partitions to the producer's transaction by itself (KIP-890); with 7 they are added beforehand. */
export type ProduceVersion = keyof typeof produceForms;

export interface ProduceOptions {
  readonly transactionalId: string | null;
  readonly acks: -1;
  /** How long the leader may wait for its replicas. */
  readonly timeoutMs: number;
  /** 7 unless given. */
  readonly version?: ProduceVersion;
}

export const PRODUCE = { apiKey: 0, apiName: 'Produce' } as const;
/** The broker answers after `timeoutMs` at the latest; the answer needs time too. */
const GRACE_MS = 5_000;

/**
 * Sends the batches to the leader of their partitions in one request: at most one a partition. Resolves with their places,
 * in the same order. Throws the error that the broker has for any of them (`type`, `code`), the first one that has a reason; the
 * others may have been written then.
 */
export async function produceBatches(
  broker: KafkaBroker,
  options: ProduceOptions,
  batches: readonly ProducedBatch[],
): Promise<readonly BatchPlace[]> {
  const { version = 7 } = options;
  const form = produceForms[version];
  const request = {
    ...PRODUCE,
    apiVersion: version,
    isFlexible: form.isFlexible,
    parts: partsOf(options, form, batches),
    timeoutMs: options.timeoutMs + GRACE_MS,
  };
  const { answers } = await sendRequest(broker, request, (payload) => form.decode(new WireReader(payload)));
  const failure = failureOf(answers);
  if (failure !== undefined) {
    const { errorCode, topic, partition, explanation = '' } = failure;
    const where = `producing to ${topic}/${partition}${explanation === '' ? '' : `: ${explanation}`}`;
    throw needing(protocolError(errorCode, where), 'WRITE', topic);
  }
  // The broker answers in an order of its own.
  const byPlace = new Map(answers.map((answer) => [`${answer.topic}/${answer.partition}`, answer]));
  return batches.map(({ topic, partition }) => {
    const answer = byPlace.get(`${topic}/${partition}`);
    if (answer === undefined) throw new Error(`the broker did not answer for ${topic}/${partition}`);
    const { baseOffset, logAppendTimeMs } = answer;
    return { topic, partition, baseOffset, logAppendTimeMs };
  });
}

function partsOf(
  { transactionalId, acks, timeoutMs }: ProduceOptions,
  form: ProduceForm,
  batches: readonly ProducedBatch[],
): Uint8Array[] {
  refuseTwice(batches);
  const topics = byTopic(batches);
  const parts: Uint8Array[] = [];
  let head = new WireWriter();
  form.string(head, transactionalId).int16(acks).int32(timeoutMs);
  form.array(head, topics.size);
  for (const [topic, ofTopic] of topics) {
    form.array(form.string(head, topic), ofTopic.length);
    for (const { partition, batch } of ofTopic) {
      parts.push(form.records(head.int32(partition), batch.length).take(), batch);
      head = form.end(new WireWriter(64));
    }
    form.end(head);
  }
  const tail = form.end(head).take();
  if (tail.length > 0) parts.push(tail);
  return parts;
}

function refuseTwice(batches: readonly ProducedBatch[]): void {
  const places = new Set<string>();
  for (const { topic, partition } of batches) {
    const place = `${topic}/${partition}`;
    if (places.has(place)) throw new Error(`two batches for ${place} in one request`);
    places.add(place);
  }
}
