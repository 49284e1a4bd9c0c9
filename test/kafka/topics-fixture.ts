import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Admin, type ITopicConfig, Kafka, logLevel } from 'kafkajs';
import { onTestFinished } from 'vitest';
import type { TopicNames, TopologySettings } from '../../src/kafka/topology/plan.ts';
import { testBroker, uniqueName } from './given-broker.ts';
import { settingsOf } from './topology-fixture.ts';

/** The built program; `npm test` builds it first. */
const PROGRAM = fileURLToPath(new URL('../../dist/cli/tollgate.js', import.meta.url));

/** A client of the test's broker. */
export function testKafka(): Kafka {
  return new Kafka({ brokers: [...testBroker().brokers], logLevel: logLevel.NOTHING });
}

/** How long, and where, to try. */
export function testReach(): { readonly brokers: readonly string[]; readonly connectTimeoutMs: number } {
  return { brokers: testBroker().brokers, connectTimeoutMs: 10_000 };
}

/** Settings with topics that no other test has. */
export function uniqueSettings(more: Partial<TopicNames> = {}): TopologySettings {
  return settingsOf({
    events: [uniqueName('calls'), uniqueName('steps')],
    control: uniqueName('control'),
    decisions: uniqueName('decisions'),
    audit: uniqueName('audit'),
    deadLetter: uniqueName('dead'),
    sessions: uniqueName('sessions'),
    partitions: 3,
    ...more,
  });
}

/** Runs with an admin client of the test's own. */
async function asAdmin<T>(act: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = testKafka().admin();
  await admin.connect();
  try {
    return await act(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Makes a topic as somebody might who did not ask us; resolves when the broker knows it. */
export async function makeTopic(topic: ITopicConfig): Promise<void> {
  await asAdmin(async (admin) => {
    await admin.createTopics({ topics: [topic], waitForLeaders: false });
    await eventually(() => admin.fetchTopicMetadata({ topics: [topic.topic] }));
  });
}

const MOST_TRIES = 200;

/** Tries until it does not fail: brokers answer before they know what they did. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (thrown) {
      if (tries === MOST_TRIES) throw thrown;
    }
    await setTimeout(25);
  }
}

/** The value that the brokers have for a setting of a topic. */
export async function settingOf(topic: string, name: string): Promise<string | undefined> {
  const TOPIC = 2;
  const query = { resources: [{ type: TOPIC, name: topic }], includeSynonyms: false };
  const { resources } = await asAdmin((admin) => admin.describeConfigs(query));
  return resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Without what steers the tests themselves: the program would take it for its own settings. */
const ENV = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TOLLGATE_')));

/** Runs the built program to its end. */
export async function tollgate(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  // A character may come in two chunks.
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

/** A configuration file with these topics, gone when the test is. */
export function configFile(topics: TopicNames, kafka: object = { brokers: testBroker().brokers }): string {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-topics-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'tollgate.yaml');
  const policies = [{ name: 'egress', inspector: 'egress' }];
  writeFileSync(path, JSON.stringify({ kafka, topics, policies }));
  return path;
}
