/**
 * A cluster of fake brokers that answer Fetch when the test says so, over the real wire format: for what depends on the order
 * of answers, which no broker gives into a test's hand.
 */

import type { KafkaBroker, KafkaCluster, QueuedRequest } from '../../src/kafka/kafkajs.ts';
import type { OutHeader } from '../../src/kafka/mends/record-batch.ts';
import { WireReader } from '../../src/kafka/mends/wire-reader.ts';
import { WireWriter } from '../../src/kafka/mends/wire-writer.ts';
import { batchOf } from './mends/batches.ts';

/** What was asked of one partition. */
interface AskedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What a leader answers for one partition. Offsets −1 and no records with an error. */
export interface FakeAnswer {
  readonly topic: string;
  readonly partition: number;
  /** The protocol's number; 0: none. */
  readonly errorCode?: number;
  /** Offset of the first value. */
  readonly baseOffset?: number;
  readonly values?: readonly string[];
  /** Of each record. */
  readonly headers?: readonly OutHeader[];
  readonly logStartOffset?: number;
  readonly highWatermark?: number;
}

/** A request that waits for its answer. */
export interface FakeFetch {
  readonly nodeId: string;
  readonly asked: readonly AskedPartition[];
  answer(answers: readonly FakeAnswer[]): void;
  fail(error: Error): void;
}

const FETCH = { minVersion: 0, maxVersion: 11 };
/** Behind size, API key, version and correlation id. */
const CLIENT_ID_AT = 12;
/** Replica, longest wait, least and most bytes, isolation level, session and its epoch. */
const FETCH_HEAD_BYTES = 25;

export class FakeLeaders {
  /** Topic/partition → node. A partition that is absent has no leader. */
  readonly leaders = new Map<string, string>();
  refreshes = 0;
  readonly #fetches: FakeFetch[] = [];
  readonly #waiting: ((fetch: FakeFetch) => void)[] = [];

  /** The next Fetch that goes out to any leader. */
  async nextFetch(): Promise<FakeFetch> {
    const fetch = this.#fetches.shift();
    if (fetch !== undefined) return fetch;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** How many wait unanswered and unseen. */
  get pending(): number {
    return this.#fetches.length;
  }

  cluster(): KafkaCluster {
    const cluster = {
      findLeaderForPartitions: (topic: string, partitions: readonly number[]) => {
        const nodeId = this.leaders.get(`${topic}/${partitions[0]}`);
        return nodeId === undefined ? {} : { [nodeId]: partitions };
      },
      findBroker: async ({ nodeId }: { nodeId: string | number }) => this.#broker(String(nodeId)),
      refreshMetadata: async () => {
        this.refreshes++;
      },
    };
    return cluster as unknown as KafkaCluster;
  }

  #broker(nodeId: string): KafkaBroker {
    const written: Buffer[] = [];
    const socket = {
      writable: true,
      cork: () => undefined,
      uncork: () => undefined,
      write: (part: Buffer) => written.push(part),
    };
    let correlation = 0;
    const connection = {
      broker: `node ${nodeId}`,
      clientId: 'test',
      socket,
      isConnected: () => true,
      isAuthenticated: () => true,
      nextCorrelationId: () => correlation++,
      requestQueue: {
        maybeThrottle: () => undefined,
        push: ({ entry, sendRequest }: QueuedRequest) => {
          sendRequest();
          this.#take(nodeId, askedOf(Buffer.concat(written.splice(0))), entry);
        },
      },
    };
    const connectionPool = { getConnectionByRequest: async () => connection };
    return { nodeId: Number(nodeId), versions: { 1: FETCH }, connectionPool } as unknown as KafkaBroker;
  }

  #take(nodeId: string, asked: readonly AskedPartition[], { resolve, reject }: QueuedRequest['entry']): void {
    const fetch: FakeFetch = {
      nodeId,
      asked,
      answer: (answers) => resolve({ payload: frameOf(answers) }),
      fail: reject,
    };
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#fetches.push(fetch);
    else waiting(fetch);
  }
}

/** Reads a Fetch request, version 10. */
function askedOf(frame: Buffer): AskedPartition[] {
  const clientId = frame.readInt16BE(CLIENT_ID_AT);
  const reader = new WireReader(frame.subarray(CLIENT_ID_AT + 2 + clientId + FETCH_HEAD_BYTES));
  const topics = reader.array(() => {
    const topic = reader.string();
    return reader.array(() => {
      const partition = reader.int32();
      reader.int32(); // leader's epoch
      const place = { topic, partition, offset: reader.int64() };
      reader.int64(); // log start
      reader.int32(); // most bytes
      return place;
    });
  });
  return topics.flat();
}

function frameOf(answers: readonly FakeAnswer[]): Buffer {
  const chunks: Buffer[] = [new WireWriter().int32(0).int16(0).int32(0).int32(answers.length).take()];
  for (const answer of answers) {
    const { topic, partition, errorCode = 0, values = [], baseOffset = 0, logStartOffset = 0, headers = [] } = answer;
    const bytes = values.length === 0 ? Buffer.alloc(0) : batchAt(values, baseOffset, headers);
    const end = answer.highWatermark ?? baseOffset + values.length;
    const head = new WireWriter().string(topic).int32(1).int32(partition).int16(errorCode);
    chunks.push(head.int64(end).int64(end).int64(logStartOffset).int32(0).int32(bytes.length).take(), bytes);
  }
  return Buffer.concat(chunks);
}

/** The base offset is not under the checksum: brokers write it. */
function batchAt(values: readonly string[], baseOffset: number, headers: readonly OutHeader[]): Buffer {
  const batch = batchOf(values.map((value) => ({ key: null, value: Buffer.from(value), timestampMs: 0, headers })));
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  return batch;
}
