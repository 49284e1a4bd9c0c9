import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import type { Config, KafkaConfig } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { TollgateError } from '../../../src/domain/errors.ts';
import { createKafka } from '../../../src/kafka/client.ts';
import { createTopology } from '../../../src/kafka/topology/topology.ts';
import type { RunOptions } from '../../../src/main.ts';
import { uniqueName } from '../given-broker.ts';
import { type LogLine, recordedLog } from './recorded-log.ts';
import type { SecuredBroker } from './secured-broker.ts';

/** The built program, which `npm test` makes first: its worker threads cannot load TypeScript on Node 20. */
const BUILT = new URL('../../../dist/', import.meta.url);

const PARTITIONS = 2;
const NEVER = new AbortController().signal;
const LOOK_MS = 20;
const SETTLE_LIMIT_MS = 30_000;

/** A deployment of a test's own: topics and a group that no other test has, and how its processor connects. */
export class SecuredRun {
  readonly config: Config;
  readonly #broker: SecuredBroker;
  readonly #connection: Partial<KafkaConfig>;

  constructor(broker: SecuredBroker, connection: Partial<KafkaConfig>) {
    const name = uniqueName('secured');
    const path = join(broker.directory, `${name}.json`);
    const { ssl, sasl, brokers, ...rest } = connection;
    const kafka = { brokers, groupId: name, ssl, sasl, sessionTimeoutMs: 10_000, heartbeatIntervalMs: 500, ...rest };
    const topics = {
      events: [`${name}-events`],
      control: `${name}-control`,
      decisions: `${name}-decisions`,
      audit: `${name}-audit`,
      deadLetter: `${name}-dead`,
      sessions: `${name}-sessions`,
      partitions: PARTITIONS,
    };
    const policies = [{ name: 'egress', inspector: 'egress' }];
    writeFileSync(path, JSON.stringify({ kafka, topics, policies, lanes: { count: 1 } }));
    this.#broker = broker;
    this.#connection = connection;
    this.config = loadConfig(path, {});
  }

  get topics(): Config['topics'] {
    return this.config.topics;
  }

  get groupId(): string {
    return this.config.kafka?.groupId ?? '';
  }

  /** By whoever may do everything. */
  async makeTopics(): Promise<void> {
    const kafka = createKafka({ brokers: [this.#broker.open], clientId: 'maker' }, recordedLog().logger);
    const reach = { brokers: [this.#broker.open], connectTimeoutMs: 10_000 };
    await createTopology(kafka, this.config, reach, NEVER, false);
  }

  /** Writes events, and as many records that are none. */
  async produce(events: number, others = 0): Promise<void> {
    const kafka = new Kafka({ brokers: [this.#broker.open], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const texts = [...Array.from({ length: events }, eventText), ...Array.from({ length: others }, () => 'no event')];
    const messages = texts.map((value, n) => ({ key: `session-${n % 7}`, value }));
    await producer.send({ topic: this.topics.events[0] ?? '', messages });
    await producer.disconnect();
  }

  /** Starts a processor; `over` wins over the connection that this was made with. */
  start(over: Partial<KafkaConfig> = {}): RunningProcessor {
    const { kafka } = this.config;
    if (kafka === undefined) throw new Error('a configuration without Kafka');
    return new RunningProcessor({ ...this.config, kafka: { ...kafka, ...this.#connection, ...over } });
  }
}

function eventText(_: unknown, n: number): string {
  const id = `${n}-${randomBytes(6).toString('hex')}`;
  const call = { type: 'tool_call', tool: 'shell', params: { command: 'ls' } };
  return JSON.stringify({ event_id: id, session_id: `session-${n % 7}`, occurred_at: Date.now(), ...call });
}

/** How a run ended: undefined when it was told to stop, and did. */
export type Ending = TollgateError | undefined;

/** A processor in this process, and what it says. */
export class RunningProcessor {
  readonly ended: Promise<Ending>;
  readonly lines: readonly LogLine[];
  readonly #stop = new AbortController();
  #records = 0;
  #hasEnded = false;

  constructor(config: Config) {
    const { logger, lines } = recordedLog();
    this.lines = lines;
    const { signal } = this.#stop;
    const onCommit = (tally: { readonly records: number }) => {
      this.#records = tally.records;
    };
    this.ended = this.#run(config, { once: false, logger, signal, onCommit });
  }

  async #run(config: Config, options: RunOptions): Promise<Ending> {
    const { runProcessor } = (await import(new URL('main.js', BUILT).href)) as typeof import('../../../src/main.ts');
    try {
      await runProcessor(config, options);
      return undefined;
    } catch (thrown) {
      return thrown as TollgateError;
    } finally {
      this.#hasEnded = true;
    }
  }

  /** Input records that it has committed. */
  get records(): number {
    return this.#records;
  }

  /** Resolves when it has committed so many records; rejects when it ended, or half a minute passed. */
  async committed(records: number): Promise<void> {
    const deadline = Date.now() + SETTLE_LIMIT_MS;
    while (this.#records < records) {
      if (this.#hasEnded) throw new Error(`it ended: ${(await this.ended)?.message}`);
      if (Date.now() > deadline) throw new Error(`${this.#records} of ${records} records: ${this.said('warn')}`);
      await delay(LOOK_MS);
    }
  }

  /** What it said at a level, a line each. */
  said(level: LogLine['level']): string {
    return this.lines.flatMap((line) => (line.level === level ? `${line.message} ${line.fields}` : [])).join('\n');
  }

  stop(): Promise<Ending> {
    this.#stop.abort();
    return this.ended;
  }
}
