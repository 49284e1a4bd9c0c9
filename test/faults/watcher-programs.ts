import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readConsoleLines } from '../kafka/outside/console-lines.ts';
import { consoleConsumer, javaTool } from '../kafka/outside/console-reader.ts';
import { KcatFrames, kcatFormat, kcatPlaceFormat } from '../kafka/outside/kcat-frames.ts';
import type { OutsideRecord } from '../kafka/outside/outside-record.ts';
import { kafkaJars } from '../kafka/outside/reader.ts';
import { isInstalled } from '../kafka/outside/run-program.ts';

/** What is to be read. */
export interface TopicToFollow {
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Only where records lie, not what is in them. */
  readonly placesOnly: boolean;
}

type Take = (record: OutsideRecord) => void;

const TOKEN_BYTES = 16;
const LINE_FEED = 0x0a;
/** So that a broker that comes back is found soon. */
const RULES = [
  'isolation.level=read_committed',
  'check.crcs=true',
  'auto.offset.reset=earliest',
  'reconnect.backoff.max.ms=500',
  'topic.metadata.refresh.interval.ms=5000',
  'fetch.error.backoff.ms=100',
];

/**
 * Starts a program that reads a topic, from `from` or before, and goes on as more comes, until it is killed or gives up: kcat, or
 * Kafka's console consumer where that is missing. Throws where neither is there.
 */
export function followOnce(topic: TopicToFollow, from: number, take: Take): ChildProcess {
  const tools = toolsHere();
  if (tools.kcat) return followWithKcat(topic, from, take);
  if (tools.jars !== undefined) return followWithConsole(topic, tools.jars, take);
  throw new Error('no program to follow topics with: see test/kafka/outside/reader.ts');
}

/** The tools that this machine has, looked for once. */
function toolsHere(): Tools {
  known ??= { kcat: isInstalled('kcat', '-V'), stdbuf: isInstalled('stdbuf', '--version'), jars: kafkaJars() };
  return known;
}

interface Tools {
  readonly kcat: boolean;
  readonly stdbuf: boolean;
  readonly jars: string | undefined;
}

let known: Tools | undefined;

function followWithKcat({ brokers, topic, placesOnly }: TopicToFollow, from: number, take: Take): ChildProcess {
  const boundary = randomBytes(TOKEN_BYTES).toString('hex');
  const format = placesOnly ? kcatPlaceFormat(boundary) : kcatFormat(boundary);
  const rules = RULES.flatMap((rule) => ['-X', rule]);
  const args = ['-b', brokers.join(','), '-C', '-t', topic, '-o', String(from), '-q', ...rules, '-f', format];
  // kcat keeps the last kilobytes to itself until more come, unless it writes line by line, or (slower) piece by piece.
  const child = toolsHere().stdbuf ? started('stdbuf', ['-oL', 'kcat', ...args]) : started('kcat', ['-u', ...args]);
  const frames = new KcatFrames(boundary, take);
  child.stdout?.on('data', (chunk: Buffer) => frames.push(chunk));
  return child;
}

/** It always begins at the beginning. */
function followWithConsole({ brokers, topic }: TopicToFollow, jars: string, take: Take): ChildProcess {
  const nullText = randomBytes(TOKEN_BYTES).toString('hex');
  const [main = '', ...args] = consoleConsumer(jars, topic, nullText);
  const child = started('java', javaTool(jars, brokers, main, args));
  let rest = Buffer.alloc(0);
  child.stdout?.on('data', (chunk: Buffer) => {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    rest = bytes.subarray(end);
    for (const record of readConsoleLines(String(bytes.subarray(0, end)), nullText)) take(record);
  });
  return child;
}

function started(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}
