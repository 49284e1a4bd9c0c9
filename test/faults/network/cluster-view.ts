import { setTimeout as delay } from 'node:timers/promises';
import { type Admin, type ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { type KafkaCluster, openCluster } from '../../../src/kafka/kafkajs.ts';

/** A partition and who holds copies of it; nodes are counted from 0, as in `Cluster.node`. */
export interface Copies {
  readonly topic: string;
  readonly partition: number;
  /** −1: nobody. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

const GROUPS = '__consumer_offsets';
const TRANSACTIONS = '__transaction_state';
const LOOK_MS = 200;
/** A node that was killed needs some 3 s to be taken back, and then copies what it missed. */
const WHOLE_LIMIT_MS = 90_000;
/** kafkajs gives `ConfigResourceTypes` to CommonJS only. */
const TOPIC_RESOURCE: ConfigResourceTypes = 2;
const GROUP = 0;
const TRANSACTION = 1;

/** A cluster as whoever administers it sees it, past all proxies. */
export class ClusterView {
  readonly #admin: Admin;
  readonly #cluster: KafkaCluster;

  private constructor(admin: Admin, cluster: KafkaCluster) {
    this.#admin = admin;
    this.#cluster = cluster;
  }

  /** Looks for as long as `use` takes. */
  static async over<T>(brokers: readonly string[], use: (view: ClusterView) => Promise<T>): Promise<T> {
    const retry = { retries: 60, initialRetryTime: 50, maxRetryTime: 500 };
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, requestTimeout: 5_000, retry });
    const admin = kafka.admin();
    await admin.connect();
    const cluster = await openCluster(kafka);
    try {
      return await use(new ClusterView(admin, cluster));
    } finally {
      await Promise.allSettled([admin.disconnect(), cluster.disconnect()]);
    }
  }

  /** Every partition of these topics. */
  async copies(topics: readonly string[]): Promise<readonly Copies[]> {
    const found = await this.#admin.fetchTopicMetadata({ topics: [...topics] });
    return found.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionId, leader, replicas, isr }) => ({
        topic: name,
        partition: partitionId,
        leader: leader - 1,
        replicas: replicas.map((id) => id - 1),
        inSync: isr.map((id) => id - 1),
      })),
    );
  }

  /** Resolves when every copy of these topics, and of groups and transactions, is in sync; rejects after 90 s. */
  async whole(topics: readonly string[], signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + WHOLE_LIMIT_MS;
    for (;;) {
      const copies = await this.copies([...topics, GROUPS, TRANSACTIONS]).catch(() => undefined);
      const lacking = copies?.filter(({ replicas, inSync }) => inSync.length < replicas.length);
      if (lacking?.length === 0) return;
      if (Date.now() > deadline) throw new Error(`copies are not in sync: ${JSON.stringify(lacking)}`);
      await delay(LOOK_MS, undefined, { signal });
    }
  }

  /** How many copies must be in sync before the topic takes anything. */
  async askForCopies(topic: string, count: number): Promise<void> {
    const configEntries = [{ name: 'min.insync.replicas', value: String(count) }];
    const resources = [{ type: TOPIC_RESOURCE, name: topic, configEntries }];
    await this.#admin.alterConfigs({ validateOnly: false, resources });
  }

  /** The node that coordinates a consumer group. */
  groupCoordinator(groupId: string): Promise<number> {
    return this.#coordinator(groupId, GROUP);
  }

  /** The node that coordinates a transactional id. */
  transactionCoordinator(transactionalId: string): Promise<number> {
    return this.#coordinator(transactionalId, TRANSACTION);
  }

  async #coordinator(groupId: string, coordinatorType: number): Promise<number> {
    return Number((await this.#cluster.findGroupCoordinator({ groupId, coordinatorType })).nodeId) - 1;
  }

  /** Takes the copy away from each leader, so that another node must lead, and gives it back as the last in line. */
  async moveLeaders(topics: readonly string[], signal: AbortSignal): Promise<void> {
    const before = (await this.copies(topics)).filter(({ leader }) => leader >= 0);
    const others = ({ leader, replicas }: Copies) => replicas.filter((node) => node !== leader);
    await this.#reassign(before, others);
    await this.#until(topics, signal, ({ topic, partition, leader, replicas }) => {
      const old = before.find((copies) => copies.topic === topic && copies.partition === partition);
      return replicas.length === 2 && leader >= 0 && leader !== old?.leader;
    });
    await this.#reassign(before, (copies) => [...others(copies), copies.leader]);
    await this.#until(topics, signal, ({ replicas, inSync }) => replicas.length === 3 && inSync.length === 3);
  }

  async #until(topics: readonly string[], signal: AbortSignal, isDone: (copies: Copies) => boolean): Promise<void> {
    const deadline = Date.now() + WHOLE_LIMIT_MS;
    for (;;) {
      const copies = await this.copies(topics).catch(() => undefined);
      if (copies?.every(isDone)) return;
      if (Date.now() > deadline) throw new Error(`leaders do not move: ${JSON.stringify(copies)}`);
      await delay(LOOK_MS, undefined, { signal });
    }
  }

  async #reassign(all: readonly Copies[], nodesOf: (copies: Copies) => readonly number[]): Promise<void> {
    const topics = [...new Set(all.map(({ topic }) => topic))].map((topic) => {
      const own = all.filter((copies) => copies.topic === topic);
      const partitionAssignment = own.map((copies) => {
        return { partition: copies.partition, replicas: nodesOf(copies).map((node) => node + 1) };
      });
      return { topic, partitionAssignment };
    });
    await this.#admin.alterPartitionReassignments({ topics });
  }
}

/** The topics in which coordinators keep what they know; who leads a partition of one coordinates what lies in it. */
export const COORDINATOR_TOPICS: readonly string[] = [GROUPS, TRANSACTIONS];
