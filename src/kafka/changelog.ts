import { setTimeout } from 'node:timers/promises';
import type { PartitionMeta } from '../pipeline/ports.ts';
import type { KafkaCluster } from './kafkajs.ts';
import type { FetchedRecord } from './mends/fetch.ts';
import { decodeMeta, isMetaKey } from './meta-record.ts';
import { endOffsets, readPartition, startOffsets } from './partition-reader.ts';
import type { TopicIds } from './topic-ids.ts';

/** What a partition of the changelog holds: the last value of each key. */
export interface ChangelogState {
  readonly sessions: ReadonlyMap<string, Uint8Array>;
  readonly meta: PartitionMeta | undefined;
  /** Of the topics that the positions are of. */
  readonly topicIds: TopicIds;
  /** The position behind everything that was read: the high watermark as it was when reading began. */
  readonly endOffset: number;
}

/**
 * Reads a partition of the sessions changelog up to its high watermark, taken once, at the beginning: what an expelled
 * owner writes later is never committed, since its offsets come after its records and are refused. Waits for
 * transactions that are open below it. By position: control records and aborted batches make counts useless.
 */
export async function readChangelog(
  cluster: KafkaCluster,
  topic: string,
  partition: number,
  signal: AbortSignal,
): Promise<ChangelogState> {
  const endOffset = await offsetAt(endOffsets(cluster, topic, [partition], 'high_watermark', signal), partition);
  const from = await offsetAt(startOffsets(cluster, topic, [partition], signal), partition);
  const sessions = new Map<string, Uint8Array>();
  let metaValue: Uint8Array | undefined;
  const take = ({ key, value }: FetchedRecord) => {
    if (key === null) return;
    if (isMetaKey(key)) metaValue = value === null ? undefined : Uint8Array.from(value);
    else if (value === null) sessions.delete(textOf(key));
    else sessions.set(textOf(key), Uint8Array.from(value));
  };
  const onRecords = (records: readonly FetchedRecord[]) => {
    for (const record of records) take(record);
  };
  await readPartition(cluster, { topic, partition, from, to: endOffset }, onRecords, signal);
  const where = `${topic}/${partition}`;
  const record = metaValue === undefined ? { meta: undefined, topicIds: new Map() } : decodeMeta(metaValue, where);
  return { sessions, ...record, endOffset };
}

/** A transaction's marker is written after its end was answered; within so many looks it is there. */
const MARKER_LOOKS = 40;
const LOOK_MS = 5;

/** True when a partition ends at the expected offset, or comes to end there as soon as our last marker is written. */
export async function isEndOf(
  cluster: KafkaCluster,
  { topic, partition, expected }: { readonly topic: string; readonly partition: number; readonly expected: number },
  signal: AbortSignal,
): Promise<boolean> {
  for (let look = 0; look < MARKER_LOOKS; look++) {
    const end = await offsetAt(endOffsets(cluster, topic, [partition], 'high_watermark', signal), partition);
    if (end > expected) return false;
    if (end === expected) return true;
    await setTimeout(LOOK_MS, undefined, { signal });
  }
  return false;
}

async function offsetAt(offsets: Promise<ReadonlyMap<number, number>>, partition: number): Promise<number> {
  const offset = (await offsets).get(partition);
  if (offset === undefined) throw new Error(`no offset was given for partition ${partition}`);
  return offset;
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('utf8');
}
