/** One record as a client that is not ours saw it, in `read_committed`. */
export interface OutsideRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Values as text: binary headers are not read faithfully by every client. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Reads a broker with a program that shares no code with Tollgate. */
export interface OutsideReader {
  readonly name: string;
  /** Every committed record of the topic, or of one of its partitions, in partition and offset order. */
  read(topic: string, partition?: number): Promise<readonly OutsideRecord[]>;
  /**
   * Hands them on one by one, those of a partition in offset order; whoever keeps bytes of one keeps those beside it too. Absent
   * in a reader that has all of them in hand before the first: `eachRecord` asks for what there is.
   */
  each?(topic: string, partition: number | undefined, take: (record: OutsideRecord) => void): Promise<void>;
  /** The `topic/partition`s of these topics in which a transaction is open at this moment. */
  openTransactions(topics: readonly string[]): Promise<readonly string[]>;
}

/** The place that Tollgate's headers and audit records name: `topic/partition/offset`. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

const PLACE = /^([^/]+)\/(\d+)\/(\d+)$/;

/** A place as text, the form of the header `tollgate_source`. */
export function placeText({ topic, partition, offset }: Place): string {
  return `${topic}/${partition}/${offset}`;
}

/** Reads a header `tollgate_source`; undefined for anything else. */
export function placeFrom(text: string | undefined): Place | undefined {
  const [, topic, partition, offset] = PLACE.exec(text ?? '') ?? [];
  if (topic === undefined) return undefined;
  return { topic, partition: Number(partition), offset: Number(offset) };
}

/** Hands on the records of a topic, or of one of its partitions, as they are read. */
export async function eachRecord(
  reader: OutsideReader,
  topic: string,
  partition: number | undefined,
  take: (record: OutsideRecord) => void,
): Promise<void> {
  if (reader.each !== undefined) return reader.each(topic, partition, take);
  for (const record of await reader.read(topic, partition)) take(record);
}

/** Sorts in partition and offset order. */
export function inOrder(records: readonly OutsideRecord[]): readonly OutsideRecord[] {
  return [...records].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
