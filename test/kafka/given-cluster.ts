/** Topics, clusters and members on the test's broker, closed after each test. */

import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { afterEach } from 'vitest';
import type { Logger } from '../../src/domain/log.ts';
import { createKafka } from '../../src/kafka/client.ts';
import { type KafkaCluster, openCluster } from '../../src/kafka/kafkajs.ts';
import { type Member, Membership } from '../../src/kafka/membership.ts';
import { endOffsets } from '../../src/kafka/partition-reader.ts';
import { testBroker, uniqueName } from './given-broker.ts';

const RUNNING = new AbortController().signal;
const none = (): void => undefined;
const SILENT: Logger = { debug: none, info: none, warn: none, error: none };

/** What kafkajs's brokers can, and the product does not use. */
interface OffsetCommitting {
  offsetCommit(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
    readonly topics: readonly object[];
  }): Promise<void>;
}

/** A member of a group, with what it was told, in order: what it was given, or `lost`. */
export interface JoinedMember {
  readonly membership: Membership;
  readonly told: (Member | 'lost')[];
  /** Resolves when the last thing it was told is this. */
  until(isMet: (last: Member | 'lost' | undefined, told: readonly (Member | 'lost')[]) => boolean): Promise<void>;
}

/** To be called in a `describe`: what it opens is closed after each test, last first. On the shared broker unless told otherwise. */
export function givenCluster(brokers: () => readonly string[] = () => testBroker().brokers) {
  const closing: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const stock = () => new Kafka({ brokers: [...brokers()], logLevel: logLevel.NOTHING });

  async function topics(
    partitions: number,
    names: readonly string[],
    compacted: readonly string[] = [],
  ): Promise<void> {
    const admin = stock().admin();
    await admin.connect();
    const configEntries = [{ name: 'cleanup.policy', value: 'compact' }];
    const plain = names.map((topic) => ({ topic, numPartitions: partitions }));
    const compact = compacted.map((topic) => ({ topic, numPartitions: partitions, configEntries }));
    await admin.createTopics({ topics: [...plain, ...compact], waitForLeaders: false });
    await admin.disconnect();
    // A broker that has just made a topic need not know it yet, nor its leader that it leads: kafkajs waits for neither.
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const asking = await cluster([]);
    for (const topic of [...names, ...compacted]) await endOffsets(asking, topic, all, 'high_watermark', RUNNING);
  }

  async function cluster(names: readonly string[]): Promise<KafkaCluster> {
    const opened = await openCluster(createKafka({ brokers: brokers(), clientId: 'test' }, SILENT));
    closing.push(() => opened.disconnect());
    await opened.addMultipleTargetTopics(names);
    return opened;
  }

  async function member(
    groupId: string,
    names: readonly string[],
    { logger = SILENT, instanceId = uniqueName('instance') } = {},
  ): Promise<JoinedMember> {
    const membership = new Membership({
      kafka: createKafka({ brokers: brokers(), clientId: 'test' }, SILENT),
      groupId,
      instanceId,
      topics: names,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 100,
      logger,
      onRebalance: none,
    });
    closing.push(() => membership.close());
    const told: (Member | 'lost')[] = [];
    const waiting = new Set<() => void>();
    const tell = (what: Member | 'lost') => {
      told.push(what);
      for (const look of waiting) look();
    };
    const until: JoinedMember['until'] = (isMet) =>
      new Promise((resolve) => {
        const look = () => {
          if (!isMet(told.at(-1), told)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    await membership.open({ joined: tell, lost: () => tell('lost') });
    return { membership, told, until };
  }

  /** Appends to a partition with kafkajs's own producer, which shares nothing with the product. */
  async function append(
    topic: string,
    messages: readonly { readonly key: string; readonly value: string | null; readonly partition: number }[],
  ): Promise<void> {
    const producer = stock().producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic, messages: [...messages] });
    await producer.disconnect();
  }

  /** Sets the offset of a group without members, as an operator would (kafkajs's admin takes 5 s for it). */
  async function setOffset(groupId: string, topic: string, partition: number, offset: number): Promise<void> {
    const coordinator = await (await cluster([topic])).findGroupCoordinator({ groupId });
    const moved = [{ topic, partitions: [{ partition, offset: String(offset) }] }];
    await (coordinator as unknown as OffsetCommitting).offsetCommit({
      groupId,
      groupGenerationId: -1,
      memberId: '',
      topics: moved,
    });
  }

  return { topics, cluster, member, append, setOffset };
}
