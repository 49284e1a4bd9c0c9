import type { NamedSchema } from './registered-schema.ts';

/** A header of a record, as Kafka has them: names may come twice, and a value may be null. */
export interface RecordHeader {
  readonly name: string;
  readonly value: Uint8Array | null;
}

/** One record as it lies in the input, undecoded. Bytes stay valid until the record's partition commits or is dropped. */
export interface RawRecord {
  /** The topic, or in `files/` the file's name in its directory. */
  readonly topic: string;
  /** Its place in topic and partition; grows strictly along them, with gaps. */
  readonly offset: number;
  /** The position that follows it: what `positions` names once this record is settled. */
  readonly nextOffset: number;
  /** When the input took it in (broker or reader), milliseconds; −1 where nobody knows (replayed files). */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** In their order; absent when there are none, as with nearly all records. */
  readonly headers?: readonly RecordHeader[];
  /** What a schema registry, or the record's file, says of the schema that the value names; absent for nearly all. */
  readonly schema?: NamedSchema;
  /** The value's length in the input, where offsets do not tell it; `value` may be its head only. */
  readonly valueBytes?: number;
  /** When this process had it in hand, milliseconds with a fraction; absent where nobody asks for latencies (files). */
  readonly receivedMs?: number;
  /** True for records of the control topic. */
  readonly trusted: boolean;
  /** Place in the order over all partitions, without gaps, for sources that have one (files): replay prints by it. */
  readonly ordinal?: number;
}
