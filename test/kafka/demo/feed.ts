import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type Admin, type Kafka, Partitioners, type Producer } from 'kafkajs';
import { parseTime } from '../../../src/codec/parse-time.ts';
import { partitionOf } from '../../../src/codec/partition-of.ts';
import { topLevelString } from '../../../src/codec/record-key.ts';
import { lineKey, lineTime } from '../../../src/files/line-facts.ts';
import type { FedTopic, GivenTopics } from './given-topics.ts';

const CODEC = { topLevelString, partitionOf, parseTime };
const LOOK_MS = 50;
/** Without any progress for so long, something is wrong. */
const STANDSTILL_MS = 60_000;

/** A line on its way to a topic. */
interface Fed {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer;
  /** Its `occurred_at`, or of one that does not say that of the line before it. */
  readonly timeMs: number;
}

/**
 * Writes the morning as it came to pass: before what control has to say, and after it, all that is written is judged first.
 * (Topics have no order among each other: an approval could else be judged before what it approves was asked for.)
 * Resolves when everything is judged; returns how many records there were.
 */
export async function feed(
  kafka: Kafka,
  { config, events, control }: GivenTopics,
  signal: AbortSignal,
): Promise<number> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const admin = kafka.admin();
  const topics = [...events, control].map(({ topic }) => topic);
  const judged = () => untilJudged(admin, config.kafka.groupId, topics, signal);
  await Promise.all([producer.connect(), admin.connect()]);
  try {
    const lines = events.flatMap(linesOf);
    const words = linesOf(control);
    let fromMs = Number.NEGATIVE_INFINITY;
    for (const word of words) {
      await send(
        producer,
        lines.filter(({ timeMs }) => timeMs > fromMs && timeMs <= word.timeMs),
      );
      await judged();
      await send(producer, [word]);
      await judged();
      fromMs = word.timeMs;
    }
    await send(
      producer,
      lines.filter(({ timeMs }) => timeMs > fromMs),
    );
    await judged();
    return lines.length + words.length;
  } finally {
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  }
}

function linesOf({ topic, path }: FedTopic): readonly Fed[] {
  let timeMs = 0;
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const value = Buffer.from(line);
      timeMs = lineTime(CODEC, value) ?? timeMs;
      return { topic, key: lineKey(CODEC, value), value, timeMs };
    });
}

/** In the order of the lines; to the partition that the key hashes to, as every Kafka client does it. */
async function send(producer: Producer, lines: readonly Fed[]): Promise<void> {
  for (const topic of new Set(lines.map((line) => line.topic))) {
    const messages = lines.filter((line) => line.topic === topic).map(({ key, value }) => ({ key, value }));
    await producer.send({ topic, messages });
  }
}

/** Resolves when the group's offsets are the ends of the topics: a transaction has settled all that was written. */
async function untilJudged(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  let last = Number.POSITIVE_INFINITY;
  let movedMs = performance.now();
  for (;;) {
    let behind = 0;
    for (const topic of topics) behind += await recordsBehind(admin, groupId, topic);
    if (behind === 0) return;
    if (behind < last) movedMs = performance.now();
    last = behind;
    if (performance.now() - movedMs > STANDSTILL_MS) throw new Error(`${behind} records are not judged`);
    await setTimeout(LOOK_MS, undefined, { signal });
  }
}

async function recordsBehind(admin: Admin, groupId: string, topic: string): Promise<number> {
  const committed = await admin.fetchOffsets({ groupId, topics: [topic] });
  const offsets = new Map(committed.flatMap(({ partitions }) => partitions.map((at) => [at.partition, at.offset])));
  const ends = await admin.fetchTopicOffsets(topic);
  return ends.reduce((sum, { partition, high }) => sum + Number(high) - Math.max(0, Number(offsets.get(partition))), 0);
}
