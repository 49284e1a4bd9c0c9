import { Kafka, logLevel, Partitioners, type Producer, type Transaction } from 'kafkajs';
import type { LoadRecord } from './event-load.ts';
import { type Random, seeded } from './random.ts';

/** How a load is written. */
export interface ProduceOptions {
  readonly seed: number;
  readonly plainProducers: number;
  readonly transactionalProducers: number;
  /** Records in one send. */
  readonly batch: number;
  /** Sends in one transaction, at most. */
  readonly sendsInTransaction: number;
  /** Before a send: a transaction of decoys that is aborted, so that nothing of it may ever be judged. */
  readonly abortedShare: number;
  /** Records a second; 0: as fast as it goes. */
  readonly eventsPerSecond: number;
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface Produced {
  readonly records: number;
  /** Decoys in aborted transactions. */
  readonly aborted: number;
}

const DEFAULTS: ProduceOptions = {
  seed: 1,
  plainProducers: 1,
  transactionalProducers: 2,
  batch: 50,
  sendsInTransaction: 4,
  abortedShare: 0.1,
  eventsPerSecond: 0,
};

/**
 * Writes a load with several producers in turn: plain ones, and transactional ones whose transactions lie open side by side, so
 * that their records interleave in every partition. When it returns everything but the decoys is committed.
 */
export async function produceLoad(
  brokers: readonly string[],
  records: Iterable<LoadRecord>,
  given: Partial<ProduceOptions> = {},
): Promise<Produced> {
  const options = { ...DEFAULTS, ...given };
  const random = seeded(options.seed);
  const writers = await connect(brokers, options, random);
  const startedMs = Date.now();
  let written = 0;
  let aborted = 0;
  try {
    for (const chunk of chunksOf(records, options.batch)) {
      if (options.signal?.aborted === true) break;
      if (random.chance(options.abortedShare)) aborted += await random.pick(writers).writeDecoys(chunk);
      await random.pick(writers).write(chunk);
      written += chunk.length;
      if (options.eventsPerSecond > 0) await until(startedMs + (written / options.eventsPerSecond) * 1000);
    }
    for (const writer of writers) await writer.finish();
  } finally {
    await Promise.all(writers.map((writer) => writer.close()));
  }
  return { records: written, aborted };
}

async function connect(
  brokers: readonly string[],
  options: ProduceOptions,
  random: Random,
): Promise<readonly Writer[]> {
  const retry = { initialRetryTime: 20, retries: 20, maxRetryTime: 500 };
  const kafka = new Kafka({ brokers: [...brokers], clientId: 'load', logLevel: logLevel.NOTHING, retry });
  const name = `load-${process.pid}-${Date.now()}-${options.seed}`;
  const { DefaultPartitioner: createPartitioner } = Partitioners;
  const plain = Array.from({ length: options.plainProducers }, () => kafka.producer({ createPartitioner, retry }));
  const transactional = Array.from({ length: options.transactionalProducers }, (_, n) =>
    kafka.producer({
      createPartitioner,
      retry,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionalId: `${name}-${n}`,
      // What a broker's fault leaves open holds readers back no longer than this; 60 s by default.
      transactionTimeout: 10_000,
    }),
  );
  await Promise.all([...plain, ...transactional].map((producer) => producer.connect()));
  const sends = () => 1 + random.below(options.sendsInTransaction);
  return [
    ...plain.map((producer) => new Writer(producer, undefined)),
    ...transactional.map((producer) => new Writer(producer, sends)),
  ];
}

/** One producer; a transaction stays open over several sends, while others write. */
class Writer {
  readonly #producer: Producer;
  /** How many sends the next transaction holds; undefined: no transactions. */
  readonly #sends: (() => number) | undefined;
  #open: Transaction | undefined;
  #doomed: Transaction | undefined;
  #left = 0;

  constructor(producer: Producer, sends: (() => number) | undefined) {
    this.#producer = producer;
    this.#sends = sends;
  }

  async write(records: readonly LoadRecord[]): Promise<void> {
    if (this.#sends === undefined) {
      await this.#producer.sendBatch({ topicMessages: byTopic(records) });
      return;
    }
    await this.#abort();
    if (this.#open === undefined) {
      this.#open = await this.#producer.transaction();
      this.#left = this.#sends();
    }
    await this.#open.sendBatch({ topicMessages: byTopic(records) });
    this.#left--;
    if (this.#left <= 0) await this.finish();
  }

  /** Writes records with ids of their own; they are aborted when this writer's turn comes again. Returns how many. */
  async writeDecoys(records: readonly LoadRecord[]): Promise<number> {
    if (this.#sends === undefined) return 0;
    await this.finish();
    const decoys = records.map((record) => ({ ...record, value: decoyOf(record.value) }));
    this.#doomed = await this.#producer.transaction();
    await this.#doomed.sendBatch({ topicMessages: byTopic(decoys) });
    return decoys.length;
  }

  async finish(): Promise<void> {
    await this.#abort();
    const open = this.#open;
    this.#open = undefined;
    await open?.commit();
  }

  async #abort(): Promise<void> {
    const doomed = this.#doomed;
    this.#doomed = undefined;
    await doomed?.abort();
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }
}

function decoyOf(value: Buffer | null): Buffer | null {
  return value === null ? null : Buffer.from(String(value).replace('"event_id":"', '"event_id":"aborted-'));
}

function byTopic(records: readonly LoadRecord[]) {
  const topics = new Map<string, { key: Buffer | null; value: Buffer | null }[]>();
  for (const { topic, key, value } of records) {
    const messages = topics.get(topic) ?? [];
    messages.push({ key, value });
    topics.set(topic, messages);
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

function* chunksOf(records: Iterable<LoadRecord>, size: number): Generator<readonly LoadRecord[]> {
  let chunk: LoadRecord[] = [];
  for (const record of records) {
    chunk.push(record);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function until(timeMs: number): Promise<void> {
  const waitMs = timeMs - Date.now();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}
