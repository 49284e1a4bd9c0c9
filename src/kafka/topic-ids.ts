/**
 * Metadata, version 10: the first that gives each topic's id (KIP-516). A topic that is deleted and made anew has the name of
 * the former one, and another id. kafkajs 2.2.4 knows version 6.
 */

import type { KafkaBroker, KafkaCluster } from './kafkajs.ts';
import { errorTypeOf } from './mends/protocol-error.ts';
import { sendRequest } from './mends/raw-request.ts';
import { WireReader } from './mends/wire-reader.ts';
import { WireWriter } from './mends/wire-writer.ts';
import { followLeaders, leadersOf } from './partition-leader.ts';

/** Topic → id: 22 characters, base64url, as Kafka prints it. */
export type TopicIds = ReadonlyMap<string, string>;

const REQUEST = { apiKey: 3, apiName: 'Metadata', apiVersion: 10, isFlexible: true, timeoutMs: 10_000 } as const;
/** What a broker answers for a topic that was made before there were ids. */
const NO_ID = Buffer.alloc(16).toString('base64url');

/** What a broker says of topics. */
interface TopicAnswers {
  /** Topics that are absent have none; where the broker is older than Kafka 2.8, all are. */
  readonly ids: TopicIds;
  /** Topics of which it gives nothing now, and why, for example UNKNOWN_TOPIC_OR_PARTITION. */
  readonly refused: ReadonlyMap<string, string>;
}

/** Asks one connected broker, which answers from what it knows at this moment. Throws as `sendRequest`. */
export async function askTopicIds(broker: KafkaBroker, topics: readonly string[]): Promise<TopicAnswers> {
  const highest = broker.versions?.[REQUEST.apiKey]?.maxVersion ?? REQUEST.apiVersion;
  if (highest < REQUEST.apiVersion) return { ids: new Map(), refused: new Map() };
  const request = { ...REQUEST, parts: [bodyOf(topics)] };
  const { answers } = await sendRequest(broker, request, decode);
  const ids = answers.filter(({ errorType, id }) => errorType === undefined && id !== NO_ID);
  return {
    ids: new Map(ids.map(({ topic, id }) => [topic, id])),
    refused: new Map(answers.flatMap(({ topic, errorType }) => (errorType === undefined ? [] : [[topic, errorType]]))),
  };
}

/**
 * The ids of topics, as the leader of a partition knows them. Topics that are not there, or that have no id, are absent; so
 * are all where the broker knows no ids. Tries again and throws as `followLeaders`.
 */
export async function readTopicIds(
  cluster: KafkaCluster,
  topics: readonly string[],
  led: { readonly topic: string; readonly partition: number },
  signal: AbortSignal,
): Promise<TopicIds> {
  const task = { what: 'reading the ids of topics', topic: led.topic, signal };
  return followLeaders(cluster, task, async () => {
    const [leader] = leadersOf(cluster, led.topic, [led.partition]);
    const broker = await cluster.findBroker({ nodeId: leader?.nodeId ?? '' });
    return (await askTopicIds(broker, topics)).ids;
  });
}

function bodyOf(topics: readonly string[]): Buffer {
  const body = new WireWriter(64 + 48 * topics.length).compactArray(topics.length);
  // Asked for by name: the id is left open.
  for (const topic of topics) body.int64(0).int64(0).compactString(topic).noTags();
  // Creates nothing, and says nothing of who may do what with cluster and topics.
  return body.int8(0).int8(0).int8(0).noTags().take();
}

interface Answer {
  readonly topic: string;
  readonly id: string;
  readonly errorType: string | undefined;
}

function decode(payload: Buffer): { readonly throttleTimeMs: number; readonly answers: readonly Answer[] } {
  const reader = new WireReader(payload);
  reader.skipTags();
  const throttleTimeMs = reader.int32();
  reader.compactArray(() => skipBroker(reader));
  reader.skipCompactString(); // cluster
  reader.int32(); // controller
  const answers = reader.compactArray(() => {
    const errorType = errorTypeOf(reader.int16());
    const topic = reader.compactString();
    const id = reader.uuid();
    reader.skip(1); // internal or not
    reader.compactArray(() => skipPartition(reader));
    reader.int32(); // rights
    return { topic, id, errorType };
  });
  return { throttleTimeMs, answers };
}

/** Node, host, port, rack. */
function skipBroker(reader: WireReader): void {
  reader.int32();
  reader.skipCompactString();
  reader.int32();
  reader.skipCompactString();
}

/** Error, index, leader, its epoch; replicas, those in sync, those away. */
function skipPartition(reader: WireReader): void {
  reader.skip(2 + 3 * 4);
  for (let list = 0; list < 3; list++) reader.skip(4 * Math.max(0, reader.unsignedVarint() - 1));
}
