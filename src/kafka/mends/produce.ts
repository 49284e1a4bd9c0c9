/**
 * Produce, version 7 or 12, of batches that are encoded already.
 *
 * kafkajs's producer chooses sequence numbers of its own, sends again by itself, and after a failure uses numbers a second
 * time, so that the broker takes new records for old ones: acknowledged, and not in the log. Here nothing is ever
 * sent twice; who calls keeps the numbers. The batches go to the socket uncopied.
 */

import type { KafkaBroker } from '../kafkajs.ts';
import { needing } from '../missing-right.ts';
import { type ProduceForm, produceForms } from './produce-forms.ts';
import { protocolError } from './protocol-error.ts';
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

const API_KEY = 0;
/** The broker answers after `timeoutMs` at the latest; the answer needs time too. */
const GRACE_MS = 5_000;
/** Of a partition that could not be added to the transaction because of another one, which says why. */
const OPERATION_NOT_ATTEMPTED = 55;

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
    apiKey: API_KEY,
    apiName: 'Produce',
    apiVersion: version,
    isFlexible: form.isFlexible,
    parts: partsOf(options, form, batches),
    timeoutMs: options.timeoutMs + GRACE_MS,
  };
  const { answers } = await sendRequest(broker, request, (payload) => form.decode(new WireReader(payload)));
  const failures = answers.filter(({ errorCode }) => errorCode !== 0);
  const failure = failures.find(({ errorCode }) => errorCode !== OPERATION_NOT_ATTEMPTED) ?? failures[0];
  if (failure !== undefined) {
    const { errorCode, topic, partition } = failure;
    throw needing(protocolError(errorCode, `producing to ${topic}/${partition}`), 'WRITE', topic);
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
  const byTopic = batchesByTopic(batches);
  const parts: Uint8Array[] = [];
  let head = new WireWriter();
  form.string(head, transactionalId).int16(acks).int32(timeoutMs);
  form.array(head, byTopic.size);
  for (const [topic, ofTopic] of byTopic) {
    form.array(form.string(head, topic), ofTopic.length);
    for (const { partition, batch } of ofTopic) {
      parts.push(form.records(head.int32(partition), batch.length).take(), batch);
      head = form.end(new WireWriter(64));
    }
    form.end(head);
  }
  parts.push(form.end(head).take());
  return parts;
}

function batchesByTopic(batches: readonly ProducedBatch[]): ReadonlyMap<string, readonly ProducedBatch[]> {
  const byTopic = new Map<string, ProducedBatch[]>();
  for (const batch of batches) {
    const ofTopic = byTopic.get(batch.topic) ?? [];
    if (ofTopic.some(({ partition }) => partition === batch.partition)) {
      throw new Error(`two batches for ${batch.topic}/${batch.partition} in one request`);
    }
    byTopic.set(batch.topic, [...ofTopic, batch]);
  }
  return byTopic;
}
