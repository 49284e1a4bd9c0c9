import { ConsoleReader } from './console-reader.ts';
import { KcatReader } from './kcat-reader.ts';
import type { OutsideReader } from './outside-record.ts';
import { isInstalled } from './run-program.ts';

/** Names the folder of Apache Kafka's jars, tools included. */
const JARS_VARIABLE = 'KAFKA_TESTS_LIBS';

/** Every reader that this machine has, the fastest first: kcat on the PATH, Kafka's own tools from `KAFKA_TESTS_LIBS`. */
export function outsideReaders(brokers: readonly string[]): readonly OutsideReader[] {
  const readers: OutsideReader[] = [];
  if (isInstalled('kcat', '-V')) readers.push(new KcatReader(brokers));
  const jars = kafkaJars();
  if (jars !== undefined) readers.push(new ConsoleReader(brokers, jars));
  return readers;
}

/** The folder of Kafka's jars that the environment names, where there is a Java to run them. */
export function kafkaJars(): string | undefined {
  const jars = process.env[JARS_VARIABLE];
  return jars !== undefined && jars !== '' && isInstalled('java', '-version') ? jars : undefined;
}

/** The reader to use. Throws where there is none: a check that cannot be made must not pass. */
export function outsideReader(brokers: readonly string[]): OutsideReader {
  const [reader] = outsideReaders(brokers);
  if (reader !== undefined) return reader;
  throw new Error(`no outside reader: install kcat, or set ${JARS_VARIABLE} to a folder of Apache Kafka's jars`);
}
