/** Programs that write records to a topic, and are not ours: kcat, and Kafka's own console producer. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { javaTool } from '../kafka/outside/console-reader.ts';
import { feed, jarFolders } from '../kafka/outside/outside-writers.ts';
import { isInstalled, outputOf } from '../kafka/outside/run-program.ts';

/** A record to be written. */
export interface ProducedRecord {
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OutsideProducer {
  readonly name: string;
  /** False: each value is a line of text. */
  readonly writesBytes: boolean;
  write(topic: string, records: readonly ProducedRecord[]): Promise<void>;
}

const TOOLS_BEFORE_4 = /^kafka-tools-[0-3]\./;
/** Separators that are in no header, key or value of the tests. */
const PART = '\t';
const HEADER = '!!';
const NAME = '==';

/** Every producer that this machine has. Files are written into `directory`. */
export function outsideProducers(brokers: readonly string[], directory: string): readonly OutsideProducer[] {
  const kcat = isInstalled('kcat', '-V') ? [kcatProducer(brokers, directory)] : [];
  return [...kcat, ...jarFolders().map((jars) => consoleProducer(brokers, jars))];
}

/** One call a record: each file is one value. */
function kcatProducer(brokers: readonly string[], directory: string): OutsideProducer {
  const write = async (topic: string, records: readonly ProducedRecord[]) => {
    for (const { key, value, headers = {} } of records) {
      const file = join(directory, 'value');
      writeFileSync(file, value);
      const named = Object.entries(headers).flatMap(([name, text]) => ['-H', `${name}=${text}`]);
      const partitioner = ['-X', 'topic.partitioner=murmur2_random'];
      await outputOf('kcat', ['-P', '-b', brokers.join(','), '-t', topic, '-k', key, ...partitioner, ...named, file]);
    }
  };
  return { name: 'kcat', writesBytes: true, write };
}

function consoleProducer(brokers: readonly string[], jars: string): OutsideProducer {
  const isBefore4 = readdirSync(jars).some((name) => TOOLS_BEFORE_4.test(name));
  const main = isBefore4 ? 'kafka.tools.ConsoleProducer' : 'org.apache.kafka.tools.ConsoleProducer';
  const parsing = ['parse.key=true', 'parse.headers=true', `key.separator=${PART}`, `headers.delimiter=${PART}`];
  const separators = [`headers.separator=${HEADER}`, `headers.key.separator=${NAME}`, 'null.marker=~none~'];
  const properties = [...parsing, ...separators].flatMap((property) => ['--property', property]);
  const write = async (topic: string, records: readonly ProducedRecord[]) => {
    const lines = records.map(
      (record) => `${headersText(record)}${PART}${record.key}${PART}${Buffer.from(record.value)}`,
    );
    const args = javaTool(jars, brokers, main, ['--topic', topic, ...properties]);
    await feed('java', args, lines);
  };
  return { name: `Kafka's console producer${isBefore4 ? ' of version 3' : ''}`, writesBytes: false, write };
}

function headersText({ headers = {} }: ProducedRecord): string {
  const named = Object.entries(headers).map(([name, text]) => `${name}${NAME}${text}`);
  return named.length === 0 ? '~none~' : named.join(HEADER);
}
