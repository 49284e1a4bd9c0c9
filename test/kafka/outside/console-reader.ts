import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { FIELD_SEPARATOR, HEADER_SEPARATOR, readConsoleLines } from './console-lines.ts';
import { inOrder, type OutsideReader, type OutsideRecord } from './outside-record.ts';
import { outputOf } from './run-program.ts';

const BYTES = 'org.apache.kafka.common.serialization.BytesDeserializer';
const TOOLS_BEFORE_4 = /^kafka-tools-[0-3]\./;
/** The consumer ends when nothing came for so long: the only end that it knows. Longer than its start takes. */
const SILENCE_MS = 5000;
/** States of a transaction that is over, as `TransactionsCommand` names them. */
const ENDED = new Set(['CompleteCommit', 'CompleteAbort', 'Empty', 'Dead']);
const BLANKS = /\s+/;

/** Reads with Apache Kafka's own tools, from a folder of their jars. Slow (a JVM a question): each topic is read once. */
export class ConsoleReader implements OutsideReader {
  readonly name = "Kafka's console consumer";
  readonly #brokers: readonly string[];
  readonly #jars: string;
  readonly #topics = new Map<string, Promise<readonly OutsideRecord[]>>();

  constructor(brokers: readonly string[], jars: string) {
    this.#brokers = brokers;
    this.#jars = jars;
  }

  async read(topic: string, partition?: number): Promise<readonly OutsideRecord[]> {
    const reading = this.#topics.get(topic) ?? this.#readTopic(topic);
    this.#topics.set(topic, reading);
    const records = await reading;
    return partition === undefined ? records : records.filter((record) => record.partition === partition);
  }

  async openTransactions(topics: readonly string[]): Promise<readonly string[]> {
    const open: string[] = [];
    for (const [id, , , state] of await this.#transactions(['list'])) {
      if (id === undefined || state === undefined || ENDED.has(state)) continue;
      for (const row of await this.#transactions(['describe', '--transactional-id', id])) {
        // Its partitions are the last column.
        open.push(...(row.at(-1) ?? '').split(',').map(withSlash));
      }
    }
    return open.filter((place) => topics.includes(place.slice(0, place.lastIndexOf('/'))));
  }

  async #readTopic(topic: string): Promise<readonly OutsideRecord[]> {
    const nullText = randomBytes(16).toString('hex');
    const [main = '', ...args] = consoleConsumer(this.#jars, topic, nullText);
    const out = await this.#java(main, [...args, '--timeout-ms', String(SILENCE_MS)]);
    return inOrder(readConsoleLines(String(out), nullText));
  }

  async #transactions(args: readonly string[]): Promise<readonly (readonly string[])[]> {
    const out = await this.#java('org.apache.kafka.tools.TransactionsCommand', args);
    const rows = String(out).split('\n').slice(1);
    return rows.filter((row) => row.trim() !== '').map((row) => row.trim().split(BLANKS));
  }

  async #java(main: string, args: readonly string[]): Promise<Buffer> {
    return outputOf('java', javaTool(this.#jars, this.#brokers, main, args));
  }
}

/** Arguments of `java` that run one of Kafka's tools, from a folder of jars. */
export function javaTool(
  jars: string,
  brokers: readonly string[],
  main: string,
  args: readonly string[],
): readonly string[] {
  const flags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m'];
  const classPath = [join(jars, '*'), jars].join(delimiter);
  return [...flags, '-cp', classPath, main, '--bootstrap-server', brokers.join(','), ...args];
}

/** The console consumer's main class and arguments: everything of a topic from its beginning, as `readConsoleLines` reads it. */
export function consoleConsumer(jars: string, topic: string, nullText: string): readonly string[] {
  const isBefore4 = readdirSync(jars).some((name) => TOOLS_BEFORE_4.test(name));
  const shown = ['timestamp', 'partition', 'offset', 'headers', 'key', 'value'].map((name) => `print.${name}=true`);
  const forms = ['key', 'value', 'headers'].map((name) => `${name}.deserializer=${BYTES}`);
  const separators = [`key.separator=${FIELD_SEPARATOR}`, `headers.separator=${HEADER_SEPARATOR}`];
  const properties = [...shown, ...forms, ...separators, `null.literal=${nullText}`];
  return [
    'org.apache.kafka.tools.consumer.ConsoleConsumer',
    ...['--topic', topic, '--from-beginning', '--isolation-level', 'read_committed'],
    ...properties.flatMap((property) => [isBefore4 ? '--property' : '--formatter-property', property]),
  ];
}

/** `topic-3` as `topic/3`. */
function withSlash(partition: string): string {
  const at = partition.lastIndexOf('-');
  return `${partition.slice(0, at)}/${partition.slice(at + 1)}`;
}
