import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  type Kafka,
  ResourcePatternTypes,
} from 'kafkajs';
import type { Config } from '../../../src/config/config.ts';
import { kafkaErrorType } from '../../../src/kafka/kafka-error.ts';
import { openCluster } from '../../../src/kafka/kafkajs.ts';
import { fetchPartitions } from '../../../src/kafka/mends/fetch.ts';
import { uniqueName } from '../given-broker.ts';

/** Something that is none of Tollgate's business. */
export interface Forbidden {
  readonly what: string;
  /** Resolves with the brokers' answer, or `done`. */
  readonly attempt: (kafka: Kafka, config: Config) => Promise<string>;
  readonly answer: string;
}

const DONE = 'done';
const TOPIC = 'TOPIC_AUTHORIZATION_FAILED';
const GROUP = 'GROUP_AUTHORIZATION_FAILED';
const CLUSTER = 'CLUSTER_AUTHORIZATION_FAILED';
const TRANSACTIONAL_ID = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
/** `ConfigResourceTypes.TOPIC` of kafkajs. */
const TOPIC_RESOURCE = 2;

/** What a principal with the rights of `run` must not be able to do. */
export const FORBIDDEN: readonly Forbidden[] = [
  { what: 'write events', attempt: (kafka, { topics }) => write(kafka, topics.events[0] ?? ''), answer: TOPIC },
  { what: 'write control events', attempt: (kafka, { topics }) => write(kafka, topics.control), answer: TOPIC },
  { what: 'read decisions', attempt: (kafka, { topics }) => read(kafka, topics.decisions), answer: TOPIC },
  { what: 'read audit records', attempt: (kafka, { topics }) => read(kafka, topics.audit), answer: TOPIC },
  {
    what: 'delete a topic',
    attempt: (kafka, { topics }) => asAdmin(kafka, (admin) => admin.deleteTopics({ topics: [topics.audit] })),
    answer: TOPIC,
  },
  {
    what: 'make a topic',
    attempt: (kafka) =>
      asAdmin(kafka, (admin) => admin.createTopics({ topics: [{ topic: uniqueName('new') }], waitForLeaders: false })),
    answer: TOPIC,
  },
  {
    what: 'change the settings of a topic',
    attempt: (kafka, { topics }) =>
      asAdmin(kafka, (admin) =>
        admin.alterConfigs({
          validateOnly: false,
          resources: [
            { type: TOPIC_RESOURCE, name: topics.audit, configEntries: [{ name: 'retention.ms', value: '1' }] },
          ],
        }),
      ),
    answer: TOPIC,
  },
  {
    what: 'read the offsets of another group',
    attempt: (kafka) => asAdmin(kafka, (admin) => admin.fetchOffsets({ groupId: 'others' })),
    answer: GROUP,
  },
  {
    what: 'delete its group',
    attempt: (kafka, config) => asAdmin(kafka, (admin) => admin.deleteGroups([config.kafka?.groupId ?? ''])),
    answer: GROUP,
  },
  {
    what: 'take the transactional id of others',
    attempt: transact,
    answer: TRANSACTIONAL_ID,
  },
  {
    what: 'grant itself rights',
    attempt: (kafka, { topics }) => asAdmin(kafka, (admin) => admin.createAcls({ acl: [everythingOn(topics.audit)] })),
    answer: CLUSTER,
  },
];

const everythingOn = (resourceName: string) => ({
  resourceType: AclResourceTypes.TOPIC,
  resourceName,
  resourcePatternType: ResourcePatternTypes.LITERAL,
  principal: 'User:tollgate',
  host: '*',
  operation: AclOperationTypes.ALL,
  permissionType: AclPermissionTypes.ALLOW,
});

async function write(kafka: Kafka, topic: string): Promise<string> {
  const producer = kafka.producer();
  await producer.connect();
  const answer = await answerOf(producer.send({ topic, messages: [{ key: 'k', value: 'v' }] }));
  await producer.disconnect();
  return answer;
}

async function transact(kafka: Kafka): Promise<string> {
  const producer = kafka.producer({ transactionalId: 'others-a', maxInFlightRequests: 1 });
  await producer.connect();
  const answer = await answerOf(producer.transaction());
  await producer.disconnect();
  return answer;
}

async function read(kafka: Kafka, topic: string): Promise<string> {
  const cluster = await openCluster(kafka);
  try {
    await cluster.addTargetTopic(topic);
    const [nodeId = ''] = Object.keys(cluster.findLeaderForPartitions(topic, [0]));
    const target = { topic, partition: 0, offset: 0, maxBytes: 1_000 };
    const options = { maxWaitMs: 0, minBytes: 1, maxBytes: 1_000, isolation: 'read_committed' } as const;
    const [fetched] = await fetchPartitions(await cluster.findBroker({ nodeId }), [target], options);
    return fetched?.errorType ?? DONE;
  } finally {
    await cluster.disconnect();
  }
}

async function asAdmin(kafka: Kafka, act: (admin: Admin) => Promise<unknown>): Promise<string> {
  const admin = kafka.admin();
  await admin.connect();
  // Metadata, without which kafkajs knows no brokers to ask.
  await admin.listTopics();
  const answer = await answerOf(act(admin));
  await admin.disconnect();
  return answer;
}

async function answerOf(done: Promise<unknown>): Promise<string> {
  try {
    await done;
    return DONE;
  } catch (thrown) {
    return kafkaErrorType(firstOf(thrown)) ?? String(thrown);
  }
}

/** kafkajs gathers the errors of several resources. */
function firstOf(thrown: unknown): unknown {
  const { errors, groups } = thrown as {
    readonly errors?: readonly unknown[];
    readonly groups?: readonly { readonly error: unknown }[];
  };
  return errors?.[0] ?? groups?.[0]?.error ?? thrown;
}
