import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import type { Compression } from '../../../src/domain/compression.ts';
import { kafkaLibs } from '../broker/jars.ts';
import { javaTool } from './console-reader.ts';
import { kafkaJars } from './reader.ts';
import { isInstalled } from './run-program.ts';

/** A program that is not ours and writes lines to a topic, one record each, without keys. */
export interface OutsideWriter {
  readonly name: string;
  write(topic: string, compression: Compression, lines: readonly string[]): Promise<void>;
}

const VERSIONS = ['4.3.1', '3.9.2'];
const TOOLS_BEFORE_4 = /^kafka-tools-[0-3]\./;

/** Every writer that this machine has: Kafka's console producer of each version whose jars are here, kcat. */
export function outsideWriters(brokers: readonly string[]): readonly OutsideWriter[] {
  const writers = jarFolders().map((jars) => consoleProducer(brokers, jars));
  return isInstalled('kcat', '-V') ? [...writers, kcatProducer(brokers)] : writers;
}

/** Folders of Kafka's jars: the one that the environment names, else those that the tests' broker was started from. */
export function jarFolders(): readonly string[] {
  const named = kafkaJars();
  if (named !== undefined) return [named];
  if (!isInstalled('java', '-version')) return [];
  return VERSIONS.map((version) => kafkaLibs(version)).filter((libs) => existsSync(libs));
}

function consoleProducer(brokers: readonly string[], jars: string): OutsideWriter {
  const isBefore4 = readdirSync(jars).some((name) => TOOLS_BEFORE_4.test(name));
  const main = isBefore4 ? 'kafka.tools.ConsoleProducer' : 'org.apache.kafka.tools.ConsoleProducer';
  return {
    name: `Kafka's console producer${isBefore4 ? ' of version 3' : ''}`,
    write: (topic, compression, lines) => {
      const args = javaTool(jars, brokers, main, ['--topic', topic, '--compression-codec', compression]);
      return feed('java', args, lines);
    },
  };
}

function kcatProducer(brokers: readonly string[]): OutsideWriter {
  return {
    name: 'kcat',
    write: (topic, compression, lines) =>
      feed('kcat', ['-P', '-b', brokers.join(','), '-t', topic, '-z', compression], lines),
  };
}

/** Runs a program with these lines on its standard input. Throws with the end of its standard error when it fails. */
export async function feed(program: string, args: readonly string[], lines: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], timeout: 60_000 });
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${String(Buffer.concat(errors)).slice(-2000)}`);
}
