/**
 * Fetch, version 10: the oldest that brokers answer with batches in zstd. Without the sessions that version 7 brought.
 *
 * kafkajs's own fetching belongs to its consumer, decodes slowly, and its filter of aborted transactions is wrong
 * (`read-committed.ts`). Here one call asks one leader for some partitions.
 */

import type { KafkaBroker } from '../kafkajs.ts';
import { errorTypeOf } from './protocol-error.ts';
import { sendRequest } from './raw-request.ts';
import { type AbortedTransaction, CommittedFilter } from './read-committed.ts';
import { type DecodedRecord, decodeBatches, loadCodecsOf } from './record-batch-decoder.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

export interface FetchTarget {
  readonly topic: string;
  readonly partition: number;
  /** The first offset that is wanted. */
  readonly offset: number;
  /** Most bytes of this partition; a single larger batch comes whole, for the first partition that has one. */
  readonly maxBytes: number;
}

/** A record of a fetched partition. */
export type FetchedRecord = DecodedRecord;

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** For example OFFSET_OUT_OF_RANGE; the offsets are −1 then. */
  readonly errorType: string | undefined;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** From the target's offset on, in order, without control records and, for `read_committed`, aborted ones. */
  readonly records: readonly FetchedRecord[];
  /** Where to fetch next: behind everything that was looked at, also what is not among the records. */
  readonly nextOffset: number;
  /** Size of the record batches in the response; 0: there was nothing to read below the bound of the isolation. */
  readonly byteLength: number;
}

export interface FetchOptions {
  /** How long the broker may wait for `minBytes`. Meanwhile other fetches of this cluster from this broker wait too. */
  readonly maxWaitMs: number;
  readonly minBytes: number;
  /** Most bytes of the response, by the same rule as a partition's. */
  readonly maxBytes: number;
  readonly isolation: 'read_committed' | 'read_uncommitted';
}

const API_KEY = 1;
const VERSION = 10;
/** In place of a session, of its epoch, and of the leader's epoch: none. */
const NO_SESSION = 0;
const NO_EPOCH = -1;
/** What the broker is given beyond `maxWaitMs`, at least; kafkajs's request timeout when that is longer. */
const GRACE_MS = 5_000;

/**
 * What the leader has of these partitions. Partitions that are asked for first are served first: whoever wants them served
 * fairly rotates them. A partition may be missing from the answer when the broker throttles. Throws for the whole request
 * only: connection, timeout, a batch that cannot be read (`input_unreadable`).
 */
export async function fetchPartitions(
  broker: KafkaBroker,
  targets: readonly FetchTarget[],
  options: FetchOptions,
): Promise<readonly FetchedPartition[]> {
  const request = {
    apiKey: API_KEY,
    apiName: 'Fetch',
    apiVersion: VERSION,
    isFlexible: false,
    parts: [bodyOf(targets, options)],
    timeoutMs: options.maxWaitMs + GRACE_MS,
  };
  const offsets = new Map(targets.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  const { partitions } = await sendRequest(broker, request, decode);
  for (const { bytes } of partitions) await loadCodecsOf(bytes);
  return partitions.map((partition) => read(partition, offsets, options));
}

function bodyOf(targets: readonly FetchTarget[], options: FetchOptions): Buffer {
  const body = new WireWriter(64 + 64 * targets.length)
    .int32(-1) // a consumer, no replica
    .int32(options.maxWaitMs)
    .int32(options.minBytes)
    .int32(options.maxBytes)
    .int8(options.isolation === 'read_committed' ? 1 : 0)
    .int32(NO_SESSION)
    .int32(NO_EPOCH)
    .int32(targets.length);
  // A topic may come several times: the order of partitions over topics stays the caller's.
  for (const { topic, partition, offset, maxBytes } of targets) {
    body.string(topic).int32(1).int32(partition).int32(NO_EPOCH).int64(offset).int64(-1).int32(maxBytes);
  }
  body.int32(0); // nothing to forget
  return body.take();
}

/** A partition of the answer, its batches not looked into. */
interface AnsweredPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorType: string | undefined;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly bytes: Buffer;
}

function decode(payload: Buffer): {
  readonly throttleTimeMs: number;
  readonly partitions: readonly AnsweredPartition[];
} {
  const reader = new WireReader(payload);
  const throttleTimeMs = reader.int32();
  reader.int16(); // errors of sessions
  reader.int32(); // the session
  const topics = reader.array(() => {
    const topic = reader.string();
    return reader.array(() => decodePartition(reader, topic));
  });
  return { throttleTimeMs, partitions: topics.flat() };
}

function decodePartition(reader: WireReader, topic: string): AnsweredPartition {
  const partition = reader.int32();
  const errorType = errorTypeOf(reader.int16());
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  const logStartOffset = reader.int64();
  const aborted = reader.array(() => ({ producerId: reader.int64(), firstOffset: reader.int64() }));
  const bytes = reader.bytes();
  return { topic, partition, errorType, highWatermark, lastStableOffset, logStartOffset, aborted, bytes };
}

function read(
  { aborted, bytes, ...answered }: AnsweredPartition,
  offsets: ReadonlyMap<string, number>,
  { isolation }: FetchOptions,
): FetchedPartition {
  const { topic, partition } = answered;
  const from = offsets.get(`${topic}/${partition}`) ?? 0;
  const visible = visibleRecords(bytes, { topic, partition }, from, isolation === 'read_committed' ? aborted : []);
  return { ...answered, ...visible, byteLength: bytes.length };
}

function visibleRecords(
  bytes: Buffer,
  place: { readonly topic: string; readonly partition: number },
  from: number,
  aborted: readonly AbortedTransaction[],
): { readonly records: readonly FetchedRecord[]; readonly nextOffset: number } {
  const filter = new CommittedFilter(aborted);
  const records: FetchedRecord[] = [];
  let nextOffset = from;
  for (const batch of decodeBatches(bytes, place)) {
    // A batch comes whole, also when it begins before the offset that was asked for.
    if (filter.admits(batch) && batch.lastOffset >= from) {
      for (const record of batch.records()) if (record.offset >= from) records.push(record);
    }
    nextOffset = Math.max(nextOffset, batch.lastOffset + 1);
  }
  return { records, nextOffset };
}
