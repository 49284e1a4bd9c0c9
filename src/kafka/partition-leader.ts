import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { TollgateError } from '../domain/errors.ts';
import { kafkaAnswer, kafkaError } from './kafka-error.ts';
import type { KafkaCluster } from './kafkajs.ts';

/** Something that is asked of the leaders of a topic's partitions. */
export interface LeaderTask {
  /** As in "reading events/3", for messages. */
  readonly what: string;
  readonly topic: string;
  readonly signal: AbortSignal;
}

/** A broker, and those of the partitions that it leads. */
export interface Leader {
  readonly nodeId: string;
  readonly partitions: readonly number[];
}

const FIRST_DELAY_MS = 20;
const MAX_DELAY_MS = 500;
/** An election takes a few seconds; a cluster that has no leader for longer has a trouble of its own. */
const PATIENCE_MS = 30_000;
const NO_LEADER = '-1';

/**
 * Makes an attempt until one succeeds, with metadata refreshed before each further one, for 30 s at most. Only failures
 * that `kafkaError` calls retryable are followed by another attempt: leaders that moved, brokers that are away. Throws the
 * last one as `kafkaError` makes it, and `aborted` when the signal ended the waiting.
 */
export async function followLeaders<T>(
  cluster: KafkaCluster,
  { what, topic, signal }: LeaderTask,
  attempt: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, MAX_DELAY_MS)) {
    try {
      return await untilAborted(attemptOnce(cluster, topic, attempt), signal);
    } catch (thrown) {
      if (signal.aborted) throw new TollgateError('aborted', `stopped while ${what}`, { cause: thrown });
      const error = kafkaError(thrown, what);
      if (!error.retryable || performance.now() > deadline) throw error;
    }
    // A signal that ends the wait is noticed by the next attempt; so are metadata that cannot be had.
    await setTimeout(delayMs, undefined, { signal }).catch(() => undefined);
    await untilAborted(cluster.refreshMetadata(), signal).catch(() => undefined);
  }
}

async function attemptOnce<T>(cluster: KafkaCluster, topic: string, attempt: () => Promise<T>): Promise<T> {
  await cluster.addTargetTopic(topic);
  return attempt();
}

/** kafkajs's own retries take no signal: they are left behind, and what they come to is dropped. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Partitions are waited for side by side, on one signal: more than ten listeners are no leak, and Node need not say so.
  setMaxListeners(0, signal);
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Who leads these partitions by the metadata at hand. Throws, retryable, when somebody is missing. */
export function leadersOf(cluster: KafkaCluster, topic: string, partitions: readonly number[]): readonly Leader[] {
  const what = `finding the leaders of ${topic}`;
  const leaders = Object.entries(cluster.findLeaderForPartitions(topic, partitions));
  const found = leaders.reduce((count, [, led]) => count + led.length, 0);
  if (found < partitions.length) throw kafkaAnswer('UNKNOWN_TOPIC_OR_PARTITION', what);
  if (leaders.some(([nodeId]) => nodeId === NO_LEADER)) throw kafkaAnswer('LEADER_NOT_AVAILABLE', what);
  return leaders.map(([nodeId, led]) => ({ nodeId, partitions: led }));
}
