import { join, relative, resolve } from 'node:path';
import type { Kafka } from 'kafkajs';
import { prepareDemoDirectory } from '../../../src/cli/demo-directory.ts';
import { type DemoOutputs, readDemoOutputs } from '../../../src/cli/demo-outputs.ts';
import { demoReport, keptStraight } from '../../../src/cli/demo-report.ts';
import type { DecisionJson } from '../../../src/cli/explain.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { type ChainHead, EMPTY_CHAIN } from '../../../src/domain/decision.ts';
import { TollgateError } from '../../../src/domain/errors.ts';
import { createKafka } from '../../../src/kafka/client.ts';
import { createLogger } from '../../../src/ops/log.ts';
import { feed } from './feed.ts';
import { type GivenTopics, giveTopics } from './given-topics.ts';
import { Program, tollgate } from './program.ts';
import { readBack } from './read-back.ts';

const OUT = './out/demo-kafka';

/** What `tollgate audit verify --json` prints. */
interface Verdict {
  readonly records: number;
  readonly partitions: readonly { readonly partition: number; readonly next_index: number; readonly hash: string }[];
}

export interface DemoOptions {
  readonly brokers: readonly string[];
  /** False: others use these brokers too, and topics and group are removed at the end. */
  readonly isOurs: boolean;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** The demo over topics: `topics create`, `run` while the events come, then what came of it, read back, shown and checked. */
export async function runDemo({ brokers, isOurs, terminal, signal }: DemoOptions): Promise<void> {
  const { out } = terminal;
  const dir = resolve(OUT);
  await prepareDemoDirectory(dir);
  const given = giveTopics(brokers, dir);
  const { config } = given;
  const kafka = createKafka(config.kafka, createLogger('silent'));
  await tollgate('topics', 'create', '-c', config.path);
  try {
    const tookMs = await judge(kafka, given, signal);
    const heads = await readBack(kafka, config, dir, signal);
    const outputs = await readDemoOutputs(dir, config.topics.control);
    const policies = config.policies.map(({ name }) => name);
    const { partitions } = config.topics;
    const run = {
      outputs,
      origin: 'topics of a Kafka broker',
      policies,
      partitions,
      lanes: config.lanes.count,
      tookMs,
    };
    out.write(`${demoReport(run, out)}\n`);
    const records = await verified(dir, heads);
    out.write(`${keptStraight(outputs, records, out)}  ${await replayed(given, outputs)}\n\n`);
    const here = relative(process.cwd(), dir);
    out.write(`${out.colors.bold('Where it all lies')}\n  ${here}: decisions/ audit/ dead-letter/ tollgate.yaml\n`);
  } finally {
    if (!isOurs) await removeTopics(kafka, given);
  }
}

/** Runs the processor while the events come; resolves with the milliseconds from its start until all was judged. */
async function judge(kafka: Kafka, given: GivenTopics, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  const program = new Program('run', '-c', given.config.path);
  const failing = new AbortController();
  const gone = program.ended.then(() => {
    throw new Error('tollgate run ended before everything was judged');
  });
  try {
    await Promise.race([feed(kafka, given, AbortSignal.any([signal, failing.signal])), gone]);
    return performance.now() - startedMs;
  } finally {
    failing.abort();
    gone.catch(() => undefined);
    await program.stop();
  }
}

/** How many audit records are intact, by `tollgate audit verify`, and that the chains end where the changelog says. */
async function verified(dir: string, heads: ReadonlyMap<number, ChainHead>): Promise<number> {
  const { records, partitions }: Verdict = JSON.parse(await tollgate('audit', 'verify', join(dir, 'audit'), '--json'));
  const found = new Map(partitions.map(({ partition, next_index: index, hash }) => [partition, { index, hash }]));
  for (const [partition, { index, hash }] of heads) {
    const end = found.get(partition) ?? EMPTY_CHAIN;
    if (end.index === index && end.hash === hash) continue;
    throw new TollgateError(
      'check_failed',
      `the audit chain of partition ${partition} ends at ${end.index}, not ${index}`,
    );
  }
  return records;
}

/** One sentence: `tollgate replay` of the same topics decides the same. */
async function replayed({ config, events }: GivenTopics, { decided }: DemoOutputs): Promise<string> {
  const source = `kafka:${events.map(({ topic }) => topic).join(',')}`;
  const text = await tollgate('replay', source, '-c', config.path, '--tolerate-bad');
  const again = text
    .trimEnd()
    .split('\n')
    .map((line): DecisionJson => JSON.parse(line));
  const essence = (decisions: readonly DecisionJson[]) => {
    return decisions
      .map((decision) => JSON.stringify([decision.decision_id, decision.effect, decision.session]))
      .sort();
  };
  const [live, replay] = [essence(decided.map(({ decision }) => decision)), essence(again)];
  const differing = live.filter((one, i) => one !== replay[i]).length + Math.abs(live.length - replay.length);
  if (differing === 0) return `replayed from the topics: the same ${replay.length} decisions`;
  throw new TollgateError('check_failed', `${differing} decisions differ when the topics are replayed`);
}

async function removeTopics(kafka: Kafka, { config, events, control }: GivenTopics): Promise<void> {
  const { decisions, audit, deadLetter, sessions } = config.topics;
  const topics = [...events, control].map(({ topic }) => topic);
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [...topics, decisions, audit, deadLetter, sessions] });
    await admin.deleteGroups([config.kafka.groupId]);
  } finally {
    await admin.disconnect();
  }
}
