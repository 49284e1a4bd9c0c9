import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { freePorts } from '../../kafka/broker/free-ports.ts';
import { type OwnBroker, startBroker } from '../../kafka/broker/start-broker.ts';
import type { BenchOptions } from '../bench-case.ts';
import { BENCH_TOPICS, runProgram, startProgram, stopProgram, untilReady, writeConfig } from '../bench-program.ts';
import { preload } from '../kafka/preload.ts';

const PARTITIONS = 8;
const LANES = 2;
const EVENT_BYTES = 500;
const LOOK_MS = 200;
const RESIDENT = /^VmRSS:\s+(\d+) kB$/m;

export interface KafkaRestore {
  /** From the start of the program until it is ready, milliseconds: with no sessions, with all of them. */
  readonly emptyMs: number;
  readonly fullMs: number;
  /** Resident memory of the program when it is ready, bytes. */
  readonly residentBytes: number;
}

/** What the steps below share. */
interface Run {
  readonly brokers: readonly string[];
  readonly config: string;
  readonly httpPort: number;
  readonly signal: AbortSignal;
}

/**
 * How long the built program takes to be ready when its changelog has `sessions` sessions, one event each, that an earlier run
 * of it wrote. In a process of its own.
 */
export async function measureKafkaRestore(sessions: number, { signal, log }: BenchOptions): Promise<KafkaRestore> {
  const dir = mkdtempSync(join(tmpdir(), 'tollgate-restore-'));
  let broker: OwnBroker | undefined;
  try {
    broker = await startBroker({ javaFlags: ['-XX:TieredStopAtLevel=4', '-Xmx1g'] });
    const { brokers } = broker;
    const [httpPort = 0] = await freePorts(1);
    const config = writeConfig(dir, { brokers, partitions: PARTITIONS, lanes: LANES, httpPort });
    const run = { brokers, config, httpPort, signal };
    await runProgram(['topics', 'create', '-c', config], signal);
    const empty = await startUntilReady(run);
    log(`writing ${sessions} events, one a session`);
    const [topic = ''] = BENCH_TOPICS.events;
    const shape = { sessions, inTurn: true, partitions: PARTITIONS, bytes: EVENT_BYTES };
    await preload(brokers, { topic, events: sessions, ...shape }, signal);
    await judgeAll(run, sessions);
    const full = await startUntilReady(run);
    return { emptyMs: empty.readyMs, fullMs: full.readyMs, residentBytes: full.residentBytes };
  } finally {
    await broker?.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function startUntilReady({ config, httpPort, signal }: Run) {
  const startMs = performance.now();
  const child = startProgram(['run', '-c', config]);
  try {
    await untilReady(child, httpPort, signal);
    const readyMs = performance.now() - startMs;
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return { readyMs, residentBytes: Number(RESIDENT.exec(status)?.[1] ?? 0) * 1024 };
  } finally {
    await stopProgram(child);
  }
}

/** Lets the program judge everything, and ends it. */
async function judgeAll({ brokers, config, signal }: Run, events: number): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const child = startProgram(['run', '-c', config]);
  try {
    for (let settled = 0; settled < events; ) {
      await setTimeout(LOOK_MS, undefined, { signal });
      if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}`);
      const [topic] = await admin.fetchOffsets({ groupId: 'bench', topics: BENCH_TOPICS.events });
      settled = (topic?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
    }
  } finally {
    await stopProgram(child);
    await admin.disconnect();
  }
}
