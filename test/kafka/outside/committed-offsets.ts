import { eachRecord, type OutsideReader } from './outside-record.ts';

const OFFSETS_TOPIC = '__consumer_offsets';
/** Versions of the key that stand for an offset commit (OffsetCommitKey.json of Apache Kafka); 2 and more are groups. */
const LAST_OFFSET_KEY = 1;

/**
 * The group's committed offsets, `topic/partition` → next offset, read from the log that keeps them: no coordinator is asked,
 * so that no answer can be older than the records that were read.
 */
export async function committedOffsets(reader: OutsideReader, group: string): Promise<ReadonlyMap<string, number>> {
  const offsets = new Map<string, number>();
  await eachRecord(reader, OFFSETS_TOPIC, undefined, ({ key, value }) => {
    const place = key === null ? undefined : placeIn(key, group);
    if (place === undefined) return;
    // OffsetCommitValue.json: a version, then the offset.
    if (value === null) offsets.delete(place);
    else offsets.set(place, Number(value.readBigInt64BE(2)));
  });
  return offsets;
}

/** OffsetCommitKey.json: a version, group and topic with their lengths, the partition. */
function placeIn(key: Buffer, group: string): string | undefined {
  if (key.readInt16BE(0) > LAST_OFFSET_KEY) return undefined;
  const groupEnd = 4 + key.readInt16BE(2);
  if (key.toString('utf8', 4, groupEnd) !== group) return undefined;
  const topicEnd = groupEnd + 2 + key.readInt16BE(groupEnd);
  return `${key.toString('utf8', groupEnd + 2, topicEnd)}/${key.readInt32BE(topicEnd)}`;
}
