import { CompressionTypes, Kafka, logLevel, type Message, Partitioners, type Producer } from 'kafkajs';
import type { RunTopics } from '../../kafka/outside/run-records.ts';

const IDS = (n: number) => `"event_id":"bomb-${n}","session_id":"bomb-session-${n % 7}","occurred_at":1740000000000`;
/** One batch inflates to 25 MiB, a thousand times what it was: below what Tollgate takes of one (32 MiB). */
const INFLATED = { records: 100, bytes: 261_500 };
const HEADERS = { count: 4_000, bytes: 100 };

/** Batches that are small on the wire and large behind it; each is what a client may write. */
export class HostileBatches {
  records = 0;
  readonly #producer: Producer;
  readonly #topics: RunTopics;

  constructor(brokers: readonly string[], topics: RunTopics) {
    const retry = { initialRetryTime: 20, retries: 20, maxRetryTime: 500 };
    const kafka = new Kafka({ brokers: [...brokers], clientId: 'bombs', logLevel: logLevel.NOTHING, retry });
    this.#producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, retry });
    this.#topics = topics;
  }

  connect(): Promise<void> {
    return this.#producer.connect();
  }

  close(): Promise<void> {
    return this.#producer.disconnect();
  }

  /** A batch that inflates, a record of headers, and records without key or value; each acknowledged. */
  async write(): Promise<void> {
    const inflating = Array.from({ length: INFLATED.records }, () => this.#step('x'.repeat(INFLATED.bytes - 200)));
    await this.#send(
      inflating.map((message) => ({ ...message, key: 'bomb-session-0' })),
      CompressionTypes.GZIP,
    );
    const names = Array.from({ length: HEADERS.count }, (_, n) => [`h${n}`, 'y'.repeat(HEADERS.bytes)] as const);
    const odd = {
      tollgate_source: 'calls/0/0',
      'content-type': 'application/json; charset=UTF-8',
      traceparent: '\n\u0000',
    };
    await this.#send([
      { ...this.#step('headers'), headers: { ...Object.fromEntries(names), ...odd } },
      { ...this.#step('no key'), key: null },
      { key: null, value: null },
      { key: 'bomb-session-1', value: null },
      { key: Buffer.alloc(50_000, 0xff), value: Buffer.alloc(0) },
    ]);
  }

  #step(note: string): Message {
    const n = this.records++;
    return { key: `bomb-session-${n % 7}`, value: `{${IDS(n)},"type":"step","context":{"note":"${note}"}}` };
  }

  async #send(messages: Message[], compression = CompressionTypes.None): Promise<void> {
    await this.#producer.send({ topic: this.#topics.events[0] as string, acks: -1, messages, compression });
  }
}
