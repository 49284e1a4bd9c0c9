import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { packageFile } from '../../../src/codec/package-file.ts';
import { startBroker } from '../../kafka/broker/start-broker.ts';
import { cpuTimeMs, treeCpuTimeMs } from './cpu-time.ts';
import { preload } from './preload.ts';

/**
 * The built program on a real broker on the same machine: events that lie in a topic are judged by `egress`, `repetition` and
 * a 20-rule OPA policy; decisions, audit, session state and offsets go out in transactions. The clock runs from the first commit
 * seen to the last; what was settled at the first look does not count. Not measured: latency, several processes, TLS.
 */
const EVENTS = Number(process.env.BENCH_EVENTS ?? 600_000);
const SESSIONS = 10_000;
const PARTITIONS = 8;
const BYTES = 500;
const LANES = Number(process.env.BENCH_LANES ?? 2);
const LOOK_MS = 200;

const TOPICS = {
  events: ['bench.calls'],
  control: 'bench.control',
  decisions: 'bench.decisions',
  audit: 'bench.audit',
  deadLetter: 'bench.dead-letter',
  sessions: 'bench.sessions',
};

const dir = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
const config = join(dir, 'tollgate.yaml');

function writeConfig(brokers: readonly string[]): void {
  const settings = {
    kafka: { brokers, groupId: 'bench' },
    topics: { ...TOPICS, partitions: PARTITIONS },
    lanes: { count: LANES },
    http: { port: 0 },
    log: { level: 'warn' },
    policies: [
      { name: 'egress', inspector: 'egress', with: { allowHosts: ['packages.example.com'] } },
      { name: 'repetition', inspector: 'repetition' },
      {
        name: 'guard',
        opa: { bundle: packageFile('policies/dist/agent-guard.tar.gz'), entrypoint: 'agent/decision' },
        needs: ['hosts'],
        match: { types: ['tool_call'] },
      },
    ],
  };
  writeFileSync(config, JSON.stringify(settings));
}

function program(...args: string[]) {
  return spawn(process.execPath, [packageFile('dist/cli/tollgate.js'), ...args, '-c', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Events that the group has settled, by its committed offsets. */
async function settled(admin: Admin): Promise<number> {
  const [topic] = await admin.fetchOffsets({ groupId: 'bench', topics: TOPICS.events });
  return (topic?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

async function measure(admin: Admin, brokerPid: number | undefined): Promise<object> {
  const child = program('run');
  const { pid } = child;
  if (pid === undefined) throw new Error('the program did not start');
  const sample = async () => ({
    settled: await settled(admin),
    atMs: performance.now(),
    own: cpuTimeMs(pid),
    broker: brokerPid === undefined ? 0 : treeCpuTimeMs(brokerPid),
  });
  let first = await sample();
  let last = first;
  while (last.settled < EVENTS) {
    await setTimeout(LOOK_MS);
    last = await sample();
    if (first.settled === 0) first = last;
  }
  child.kill('SIGTERM');
  const events = last.settled - first.settled;
  const us = (from: number, to: number) => Number((((to - from) * 1000) / events).toFixed(1));
  return {
    events,
    events_per_second: Math.round((events / (last.atMs - first.atMs)) * 1000),
    cpu_us_per_event: {
      main_thread: us(first.own.main, last.own.main),
      lanes_and_other_threads: us(first.own.others, last.own.others),
      broker: us(first.broker, last.broker),
    },
  };
}

const broker = await startBroker({ javaFlags: ['-XX:TieredStopAtLevel=4', '-Xmx1g'] });
try {
  writeConfig(broker.brokers);
  const created = program('topics', 'create');
  await new Promise((resolve) => created.once('close', resolve));
  const admin = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const [topic = ''] = TOPICS.events;
  await preload(broker.brokers, { topic, events: EVENTS, sessions: SESSIONS, partitions: PARTITIONS, bytes: BYTES });
  const figures = await measure(admin, broker.node(0).pid);
  await admin.disconnect();
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
  const head = { bench: 'end to end', node: process.version, cpus: machine, lanes: LANES, sessions: SESSIONS };
  process.stdout.write(`${JSON.stringify({ ...head, partitions: PARTITIONS, ...figures }, null, 2)}\n`);
} finally {
  await broker.stop();
  rmSync(dir, { recursive: true, force: true });
}
