import { setTimeout } from 'node:timers/promises';
import { TollgateError } from '../domain/errors.ts';
import { kafkaAnswer, kafkaError } from './kafka-error.ts';
import type { KafkaCluster } from './kafkajs.ts';
import { type FetchedPartition, type FetchedRecord, type FetchTarget, fetchPartitions } from './mends/fetch.ts';
import { needing } from './missing-right.ts';
import { followLeaders, type LeaderTask, leadersOf } from './partition-leader.ts';

/** A stretch of a partition: from `from` up to, and without, `to`. */
export interface Stretch {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Which end of a partition: the high watermark, the first offset of an open transaction, or the first one kept. */
export type OffsetKind = 'high_watermark' | 'last_stable' | 'earliest';

/** The broker answers at once: while one reader waits, others of the same cluster must not. */
const MAX_WAIT_MS = 0;
const MAX_FETCH_BYTES = 8 * 1024 * 1024;
const FIRST_DELAY_MS = 2;
const MAX_DELAY_MS = 50;
/** Timestamps that stand for the ends of a partition in ListOffsets. */
const LATEST = -1;
const EARLIEST = -2;
/** In place of a replica's id. */
const CONSUMER = -1;
const OUT_OF_RANGE = 'OFFSET_OUT_OF_RANGE';

/**
 * Reads a stretch of a partition as it was committed, by position and without a group. Waits for transactions that are
 * open below its end, as long as the signal lets it; follows the leader when it moves. `onRecords` gets records in order,
 * none at or behind `to`; its promise is awaited. Resolves with the position behind the stretch.
 * Throws `position_contradicts` when the stretch begins outside of what the partition holds, else what `kafkaError` makes.
 */
export async function readPartition(
  cluster: KafkaCluster,
  { topic, partition, from, to }: Stretch,
  onRecords: (records: readonly FetchedRecord[]) => void | Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly nextOffset: number }> {
  const task = { what: `reading ${topic}/${partition}`, topic, signal };
  let offset = from;
  let delayMs = FIRST_DELAY_MS;
  while (offset < to) {
    const at = { topic, partition, offset, maxBytes: MAX_FETCH_BYTES };
    const fetched = await followLeaders(cluster, task, () => fetchOne(cluster, at, task.what));
    const wanted = upTo(fetched?.records ?? [], to);
    if (wanted.length > 0) await onRecords(wanted);
    // Nothing is there, up to a last stable offset that lies behind the stretch: the rest of it was compacted away.
    if (fetched?.byteLength === 0 && fetched.lastStableOffset >= to) break;
    const nextOffset = fetched?.nextOffset ?? offset;
    if (nextOffset > offset) delayMs = FIRST_DELAY_MS;
    else delayMs = await pause(delayMs, task);
    offset = nextOffset;
  }
  return { nextOffset: Math.max(from, to) };
}

/** The ends of these partitions, asked of their leaders. Throws what `kafkaError` makes. */
export async function endOffsets(
  cluster: KafkaCluster,
  topic: string,
  partitions: readonly number[],
  which: OffsetKind,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  const task = { what: `asking for the offsets of ${topic}`, topic, signal };
  const isolationLevel = which === 'last_stable' ? 1 : 0;
  const timestamp = which === 'earliest' ? EARLIEST : LATEST;
  return followLeaders(cluster, task, async () => {
    const requests = leadersOf(cluster, topic, partitions).map(async ({ nodeId, partitions: led }) => {
      const leader = await cluster.findBroker({ nodeId });
      const topics = [{ topic, partitions: led.map((partition) => ({ partition, timestamp })) }];
      return leader.listOffsets({ replicaId: CONSUMER, isolationLevel, topics });
    });
    const answers = (await Promise.all(requests)).flatMap(({ responses }) => responses);
    const offsets = answers.flatMap((answer) => answer.partitions);
    return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
  });
}

/** The first offset that each of these partitions still holds. */
export function startOffsets(
  cluster: KafkaCluster,
  topic: string,
  partitions: readonly number[],
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  return endOffsets(cluster, topic, partitions, 'earliest', signal);
}

/** Undefined when the leader has no answer for the partition, which is how it throttles. */
async function fetchOne(cluster: KafkaCluster, at: FetchTarget, what: string): Promise<FetchedPartition | undefined> {
  const { topic, partition, offset, maxBytes } = at;
  const nodeId = leadersOf(cluster, topic, [partition])[0]?.nodeId ?? '';
  const leader = await cluster.findBroker({ nodeId });
  const options = { maxWaitMs: MAX_WAIT_MS, minBytes: 1, maxBytes, isolation: 'read_committed' } as const;
  const [fetched] = await fetchPartitions(leader, [at], options);
  if (fetched?.errorType === OUT_OF_RANGE) {
    throw new TollgateError('position_contradicts', `${what} failed: offset ${offset} is not in the partition`, {
      where: `${topic}/${partition}`,
      next: 'it was deleted, or the topic was made anew: compare the position with what the topic holds',
    });
  }
  if (fetched?.errorType !== undefined) throw kafkaAnswer(fetched.errorType, what, needing({}, 'READ', topic));
  return fetched;
}

function upTo(records: readonly FetchedRecord[], to: number): readonly FetchedRecord[] {
  const last = records.at(-1);
  return last === undefined || last.offset < to ? records : records.filter(({ offset }) => offset < to);
}

/** Waits; returns how long to wait the next time. */
async function pause(delayMs: number, { what, signal }: LeaderTask): Promise<number> {
  await setTimeout(delayMs, undefined, { signal }).catch((thrown: unknown) => {
    throw kafkaError(thrown, what);
  });
  return Math.min(2 * delayMs, MAX_DELAY_MS);
}
