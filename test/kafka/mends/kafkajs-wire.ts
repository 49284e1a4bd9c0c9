/** kafkajs's own encoder and decoder of record batches, which share nothing with ours. */

import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);
const PROTOCOL = 'kafkajs/src/protocol';

/** A record as kafkajs decodes it: numbers as text, headers by name. */
export interface KafkajsRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | Buffer[]>>;
}

export interface KafkajsBatch {
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly records: readonly KafkajsRecord[];
}

/** What kafkajs makes of a batch. */
export async function decodeWithKafkajs(batch: Buffer): Promise<KafkajsBatch> {
  const Decoder = load(`${PROTOCOL}/decoder`) as new (bytes: Buffer) => object;
  const decode = load(`${PROTOCOL}/recordBatch/v0/decoder`) as (decoder: object) => Promise<KafkajsBatch>;
  return decode(new Decoder(batch));
}

/** A batch as kafkajs writes it. */
export async function encodeWithKafkajs(
  records: readonly {
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly timestampMs: number;
    readonly headers: Readonly<Record<string, string>>;
  }[],
  compression: 'none' | 'gzip',
): Promise<Buffer> {
  const Record = load(`${PROTOCOL}/recordBatch/record/v0`) as (record: object) => object;
  const { RecordBatch } = load(`${PROTOCOL}/recordBatch/v0`) as {
    readonly RecordBatch: (batch: object) => Promise<{ readonly buffer: Buffer }>;
  };
  const times = records.map(({ timestampMs }) => timestampMs);
  const firstTimestamp = times[0] ?? 0;
  const encoded = records.map(({ timestampMs, ...record }, i) =>
    Record({ ...record, offsetDelta: i, timestampDelta: timestampMs - firstTimestamp }),
  );
  const batch = await RecordBatch({
    compression: compression === 'gzip' ? 1 : 0,
    records: encoded,
    firstTimestamp,
    maxTimestamp: Math.max(...times),
    lastOffsetDelta: records.length - 1,
  });
  return batch.buffer;
}
