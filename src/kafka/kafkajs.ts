/**
 * The only file that reaches into kafkajs's inside (2.2.4, pinned exactly): typed views of what the mends and the adapter
 * use of it, and the one function that makes a cluster of a `Kafka`.
 */

import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Kafka } from 'kafkajs';
import { kafkaError } from './kafka-error.ts';

/** An int64 as kafkajs takes it; it gives producer ids as decimal text. */
export type ProducerId = string | number | bigint;

/** What the coordinator gave a producer. */
export interface ProducerIdentity {
  readonly producerId: ProducerId;
  readonly producerEpoch: number;
}

/** What names the producer in every request of a transaction. */
export interface TransactionIdentity extends ProducerIdentity {
  readonly transactionalId: string;
}

/** Answers of ListOffsets and OffsetFetch: offsets as decimal text. */
export interface OffsetResponses {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
  }[];
}

/** One broker, reached through two connections: Fetch has one of its own, so that long polls delay nothing else. */
export interface KafkaBroker {
  readonly nodeId: number;
  readonly connectionPool: KafkaConnectionPool;
  /** By API key; null until connected. */
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>> | null;
  isConnected(): boolean;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  initProducerId(request: {
    readonly transactionalId: string | null;
    readonly transactionTimeout: number;
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
  addOffsetsToTxn(request: TransactionIdentity & { readonly groupId: string }): Promise<unknown>;
  endTxn(request: TransactionIdentity & { readonly transactionResult: boolean }): Promise<unknown>;
  /** `timestamp` −1: the end; −2: the beginning. `isolationLevel` 0: the high watermark; 1: the last stable offset. */
  listOffsets(request: {
    readonly replicaId: number;
    readonly isolationLevel: 0 | 1;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
    }[];
  }): Promise<OffsetResponses>;
  offsetFetch(request: {
    readonly groupId: string;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
    }[];
  }): Promise<OffsetResponses>;
  heartbeat(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
  }): Promise<unknown>;
}

export interface KafkaConnectionPool {
  /** A connected connection: the second one for Fetch, the first one for everything else. */
  getConnectionByRequest(request: { readonly request: { readonly apiKey: number } }): Promise<KafkaConnection>;
}

/** One connection; the same object across reconnects. */
export interface KafkaConnection {
  /** `host:port`. */
  readonly broker: string;
  readonly clientId: string;
  socket: Socket | undefined;
  readonly requestQueue: KafkaRequestQueue;
  /** What was received of the next response. */
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  connect(): Promise<boolean>;
  disconnect(): Promise<boolean>;
  isConnected(): boolean;
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  nextCorrelationId(): number;
}

export interface KafkaRequestQueue {
  readonly pending: readonly unknown[];
  readonly throttleCheckTimeoutId: unknown;
  push(request: QueuedRequest): void;
  maybeThrottle(throttleTimeMs: number): void;
  scheduleCheckPendingRequests(): void;
}

/** What the queue sends, and whom it tells of the answer. `payload` is what follows the correlation id. */
export interface QueuedRequest {
  readonly entry: {
    readonly apiKey: number;
    readonly apiName: string;
    readonly apiVersion: number;
    readonly correlationId: number;
    readonly resolve: (answer: { readonly payload: Buffer }) => void;
    readonly reject: (error: unknown) => void;
  };
  readonly expectResponse: boolean;
  readonly requestTimeout: number | null;
  readonly sendRequest: () => void;
}

export interface PartitionMetadata {
  readonly partitionId: number;
  readonly leader: number;
  readonly partitionErrorCode: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

/** Brokers, their connections, and the metadata of the topics that were added. */
export interface KafkaCluster {
  /** Whose metadata is read. */
  readonly targetTopics: ReadonlySet<string>;
  isConnected(): boolean;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  /** Connected. Throws when the node is not in the metadata or does not answer. */
  findBroker(node: { readonly nodeId: number | string }): Promise<KafkaBroker>;
  /** `coordinatorType` 0: of a group; 1: of a transactional id. Asks the cluster at every call. */
  findGroupCoordinator(request: { readonly groupId: string; readonly coordinatorType?: number }): Promise<KafkaBroker>;
  /** Node id → partitions. A partition that is not in the metadata is absent; a leader that is not there is node −1. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, readonly number[]>>;
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[];
}

/** Symbols that kafkajs keeps private are found by their description. */
const CREATE_CLUSTER = 'private:Kafka:createCluster';
const METADATA_MAX_AGE_MS = 5 * 60 * 1000;

/**
 * A connected cluster of its own connections; the caller disconnects it. Topics are never created by asking for them.
 * Throws what `kafkaError` makes of a failure, after the retries that the `Kafka` was given.
 */
export async function openCluster(kafka: Kafka): Promise<KafkaCluster> {
  const createCluster = privateMember(kafka, CREATE_CLUSTER) as (options: object) => KafkaCluster;
  const cluster = createCluster.call(kafka, {
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    instrumentationEmitter: null,
  });
  try {
    await cluster.connect();
    return cluster;
  } catch (thrown) {
    await cluster.disconnect().catch(() => undefined);
    throw kafkaError(thrown, 'connecting to the brokers');
  }
}

const load = createRequire(import.meta.url);

/** The prototype of kafkajs's connections. */
export function connectionPrototype(): KafkaConnection {
  return (load('kafkajs/src/network/connection') as { readonly prototype: KafkaConnection }).prototype;
}

/** The prototype of kafkajs's request queues, one a connection. */
export function requestQueuePrototype(): KafkaRequestQueue {
  return (load('kafkajs/src/network/requestQueue') as { readonly prototype: KafkaRequestQueue }).prototype;
}

/** What one of kafkajs's consumers knows of its group; complete once its `sync` is done. */
export interface KafkaConsumerGroup {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
}

export type SyncGroup = (this: KafkaConsumerGroup) => Promise<void>;

/** The method that asks for this member's assignment, and the way to put another in its place. */
export function consumerGroupSync(): { readonly original: SyncGroup; readonly replace: (sync: SyncGroup) => void } {
  const { prototype } = load('kafkajs/src/consumer/consumerGroup') as { readonly prototype: Record<symbol, SyncGroup> };
  const key = privateKey(prototype, 'private:ConsumerGroup:sync');
  return {
    original: prototype[key] as SyncGroup,
    replace: (sync) => {
      prototype[key] = sync;
    },
  };
}

/** kafkajs's error of an error code of the protocol: `type`, `code`, `retriable`. */
export function errorOfCode(code: number): Error & { type: string; code: number } {
  const { createErrorFromCode } = load('kafkajs/src/protocol/error') as {
    readonly createErrorFromCode: (code: number) => Error & { type: string; code: number };
  };
  return createErrorFromCode(code);
}

/** kafkajs's error of a connection that cannot be used. */
export function connectionError(message: string, broker: string, code: string): Error {
  // The error classes are not among the names that a module can import: kafkajs's exports are spread.
  const { KafkaJSConnectionError } = load('kafkajs') as typeof import('kafkajs');
  return new KafkaJSConnectionError(message, { broker, code });
}

/** The symbol by which kafkajs keeps something private, found by its description. */
export function privateKey(owner: object, description: string): symbol {
  const key = Object.getOwnPropertySymbols(owner).find((symbol) => symbol.description === description);
  if (key === undefined) throw new Error(`kafkajs has no ${description}: it must be version 2.2.4`);
  return key;
}

function privateMember(owner: object, description: string): unknown {
  return (owner as Record<symbol, unknown>)[privateKey(owner, description)];
}
