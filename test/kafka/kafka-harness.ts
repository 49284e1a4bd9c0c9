import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { partitionOf } from '../../src/codec/partition-of.ts';
import type { Logger } from '../../src/domain/log.ts';
import { createKafka } from '../../src/kafka/client.ts';
import { type KafkaCluster, openCluster } from '../../src/kafka/kafkajs.ts';
import { KnownTopics } from '../../src/kafka/known-topics.ts';
import { Lag } from '../../src/kafka/lag.ts';
import { KafkaLog } from '../../src/kafka/log.ts';
import { type Member, Membership } from '../../src/kafka/membership.ts';
import { OutputHeaders, PLAIN_FORM } from '../../src/kafka/output-headers.ts';
import { endOffsets } from '../../src/kafka/partition-reader.ts';
import { KafkaSource } from '../../src/kafka/source.ts';
import { StartPositions } from '../../src/kafka/start-positions.ts';
import type { CrashHook } from '../../src/pipeline/ports.ts';
import { type AdapterHarness, type CommittedView, sampleValue } from '../contract/adapter-harness.ts';
import { testBroker, uniqueName } from './given-broker.ts';
import type { OutsideRecord } from './outside/outside-record.ts';
import { outsideReader } from './outside/reader.ts';

const PARTITIONS = 4;
/** The topic that sample changes name as their input. */
const SAMPLE_TOPIC = 'events.ndjson';
const NEVER = new AbortController().signal;

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const UNCOUNTED = {
  rebalanced: () => undefined,
  producerReset: () => undefined,
  lag: () => undefined,
  lagGone: () => undefined,
};

interface HarnessTopics {
  readonly events: string;
  readonly control: string;
  readonly outputs: { decisions: string; audit: string; deadLetter: string; sessions: string };
}

function uniqueTopics(): HarnessTopics {
  const outputs = {
    decisions: uniqueName('decisions'),
    audit: uniqueName('audit'),
    deadLetter: uniqueName('dead'),
    sessions: uniqueName('sessions'),
  };
  return { events: uniqueName('events'), control: uniqueName('control'), outputs };
}

async function makeTopics(kafka: Kafka, { events, control, outputs }: HarnessTopics): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const compact = [{ name: 'cleanup.policy', value: 'compact' }];
  const topics = [events, control, outputs.decisions, outputs.audit, outputs.deadLetter].map((topic) => ({
    topic,
    numPartitions: PARTITIONS,
  }));
  const changelog = { topic: outputs.sessions, numPartitions: PARTITIONS, configEntries: compact };
  await admin.createTopics({ topics: [...topics, changelog], waitForLeaders: false });
  // One for all tests: sample changes have always the same input.
  await admin.createTopics({ topics: [{ topic: SAMPLE_TOPIC, numPartitions: PARTITIONS }], waitForLeaders: false });
  await admin.disconnect();
}

/** A broker that has just made a topic need not know it yet, nor its leader that it leads: asked for its end, it does. */
async function untilKnown(kafka: Kafka, { events, control, outputs }: HarnessTopics): Promise<void> {
  const asking = await openCluster(kafka);
  const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  for (const topic of [events, control, ...Object.values(outputs), SAMPLE_TOPIC]) {
    await endOffsets(asking, topic, all, 'high_watermark', NEVER);
  }
  await asking.disconnect();
}

/** A membership that joined for real and whose generation counts for every epoch that the contract's samples name. */
class JoinedMembers {
  readonly membership: Membership;
  #member: Member | undefined;

  constructor(kafka: Kafka, groupId: string, topic: string) {
    this.membership = new Membership({
      kafka,
      groupId,
      instanceId: 'one',
      topics: [topic],
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 500,
      logger: SILENT,
      onRebalance: () => undefined,
    });
  }

  async join(): Promise<void> {
    await this.membership.open({
      joined: (member) => {
        this.#member = member;
      },
      lost: () => {
        this.#member = undefined;
      },
    });
  }

  memberOf(): Member | undefined {
    return this.#member;
  }

  get current(): Member | undefined {
    return this.#member;
  }

  lost(): void {
    this.#member = undefined;
  }
}

class KafkaHarness implements AdapterHarness {
  readonly partitions = PARTITIONS;
  readonly commitPoints = [
    'commit:before',
    'commit:begun',
    'commit:outputs-partly-written',
    'commit:outputs-written',
    'commit:offsets-sent',
    'commit:ended',
    'commit:after',
  ] as const;
  readonly #kafka: Kafka;
  readonly #topics: HarnessTopics;
  readonly #producer: Producer;
  readonly #clusters: { readonly cluster: KafkaCluster; readonly readers: KafkaCluster };
  readonly #logGroup = uniqueName('log-group');
  readonly #memberships: Membership[] = [];
  #members: Promise<JoinedMembers> | undefined;

  constructor(
    kafka: Kafka,
    topics: HarnessTopics,
    producer: Producer,
    clusters: { readonly cluster: KafkaCluster; readonly readers: KafkaCluster },
  ) {
    this.#kafka = kafka;
    this.#topics = topics;
    this.#producer = producer;
    this.#clusters = clusters;
  }

  produce: AdapterHarness['produce'] = async (events) => {
    for (const isTrusted of [false, true]) {
      const messages = events
        .filter(({ trusted = false }) => trusted === isTrusted)
        .map((event) => ({
          key: event.sessionId,
          value: sampleValue(event),
          partition: partitionOf(event.sessionId, PARTITIONS),
        }));
      const topic = isTrusted ? this.#topics.control : this.#topics.events;
      if (messages.length > 0) await this.#producer.send({ topic, messages });
    }
  };

  openSource: AdapterHarness['openSource'] = () => {
    const { cluster, readers } = this.#clusters;
    const topics = [this.#topics.events, this.#topics.control];
    // Each source in a group of its own: the membership of one that has ended lives until the harness is closed.
    const membership = new Membership({
      kafka: this.#kafka,
      groupId: uniqueName('group'),
      instanceId: 'one',
      topics,
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 500,
      logger: SILENT,
      onRebalance: () => undefined,
    });
    this.#memberships.push(membership);
    return new KafkaSource({
      cluster,
      membership,
      topics,
      controlTopic: this.#topics.control,
      starts: new StartPositions(readers, topics, 'earliest', NEVER),
      knownTopics: new KnownTopics(topics),
      limits: { maxWaitMs: 20, bytesPerPartition: 4_096, maxBytes: 1_000_000 },
      logger: SILENT,
      lag: new Lag(UNCOUNTED),
      nowMs: Date.now,
    });
  };

  openLog: AdapterHarness['openLog'] = async (hook?: CrashHook) => {
    this.#members ??= this.#join();
    const members = await this.#members;
    const { outputs } = this.#topics;
    const knownTopics = new KnownTopics([SAMPLE_TOPIC]);
    return new KafkaLog({
      ...this.#clusters,
      members,
      starts: { complete: async (_partition, positions) => positions },
      knownTopics,
      transaction: {
        transactionalName: this.#logGroup,
        groupId: this.#logGroup,
        transactionTimeoutMs: 10_000,
        compression: 'none',
      },
      plan: {
        topics: outputs,
        headers: new OutputHeaders(PLAIN_FORM),
        inputTopics: new Set([SAMPLE_TOPIC]),
        // Small, so that session records and the meta record go in batches of their own, one after another.
        maxBatchBytes: new Map([[outputs.sessions, 150]]),
        topicIds: (partition) => knownTopics.of(partition),
      },
      logger: SILENT,
      nowMs: Date.now,
      onReset: () => undefined,
      onCommitted: () => undefined,
      crashHook: hook,
    });
  };

  /** Nothing more is sent; what it left open is ended by whoever takes its transactional id. */
  crash: AdapterHarness['crash'] = async () => undefined;

  readCommitted: AdapterHarness['readCommitted'] = async (partition): Promise<CommittedView> => {
    const reader = outsideReader(testBroker().brokers);
    const { decisions, audit, deadLetter } = this.#topics.outputs;
    const texts = (records: readonly OutsideRecord[]) => records.map(({ value }) => String(value));
    return {
      decisions: texts(await reader.read(decisions, partition)),
      audit: texts(await reader.read(audit, partition)),
      deadLetters: (await reader.read(deadLetter, partition)).map(({ headers }) =>
        String(headers.get('tollgate_error_code')),
      ),
    };
  };

  close: AdapterHarness['close'] = async () => {
    const members = await this.#members;
    if (members !== undefined) this.#memberships.push(members.membership);
    await Promise.all(this.#memberships.map((membership) => membership.close()));
    await this.#producer.disconnect();
    await Promise.all([this.#clusters.cluster.disconnect(), this.#clusters.readers.disconnect()]);
  };

  async #join(): Promise<JoinedMembers> {
    const members = new JoinedMembers(this.#kafka, this.#logGroup, SAMPLE_TOPIC);
    await members.join();
    return members;
  }
}

/** A harness with topics and groups of its own on the test's broker. */
export async function kafkaHarness(): Promise<AdapterHarness> {
  const brokers = [...testBroker().brokers];
  const topics = uniqueTopics();
  const stock = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  await makeTopics(stock, topics);
  const producer = stock.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const kafka = createKafka({ brokers, clientId: 'harness' }, SILENT);
  await untilKnown(kafka, topics);
  const open = async () => {
    const cluster = await openCluster(kafka);
    const { events, control, outputs } = topics;
    await cluster.addMultipleTargetTopics([events, control, ...Object.values(outputs), SAMPLE_TOPIC]);
    return cluster;
  };
  return new KafkaHarness(kafka, topics, producer, { cluster: await open(), readers: await open() });
}
