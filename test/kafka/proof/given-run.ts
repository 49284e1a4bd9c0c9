import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { shortestSessionMs, uniqueName } from '../given-broker.ts';
import { events, type LoadOptions } from '../load/event-load.ts';
import { produceLoad } from '../load/produce-load.ts';
import { checkRun } from '../outside/checker.ts';
import type { OutsideReader } from '../outside/outside-record.ts';
import { outsideReader } from '../outside/reader.ts';
import type { RunTopics } from '../outside/run-records.ts';
import type { Report } from '../outside/violation.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAM = join(ROOT, 'dist/cli/tollgate.js');
const DRIVER = fileURLToPath(new URL('crash-driver.mjs', import.meta.url));
const PARTITIONS = 4;
/** How often the outputs are looked at while a run goes on, and how long without anything new means that it stands still. */
const LOOK_MS = 250;
const STANDSTILL_MS = 60_000;
/** A process that is to die at a point which it never passes must not hang the test. */
const DOOM_MS = 60_000;

/** Policies of the proofs: inspectors and real Wasm, everything matched. */
const POLICIES = `
defaultEffect: allow
policies:
  - { name: egress, inspector: egress, with: { strict: true } }
  - { name: repetition, inspector: repetition, with: { max: 3 } }
  - name: guard
    opa: { bundle: ${join(ROOT, 'policies/dist/agent-guard.tar.gz')}, entrypoint: agent/decision }
    needs: [hosts]
    match: { types: [tool_call] }
`;

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
}

/** A process of ours. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** A run of its own: topics, group, configuration. `connect` is where the program connects, when not to `brokers`. */
export class GivenRun {
  readonly topics: RunTopics = {
    events: [uniqueName('calls'), uniqueName('steps')],
    control: uniqueName('control'),
    decisions: uniqueName('decisions'),
    audit: uniqueName('audit'),
    deadLetter: uniqueName('dead'),
    sessions: uniqueName('sessions'),
  };
  readonly groupId = uniqueName('group');
  readonly #brokers: readonly string[];
  readonly #connect: readonly string[];
  readonly #directory = mkdtempSync(join(tmpdir(), 'tollgate-proof-'));
  readonly #reader: OutsideReader;
  readonly #running = new Set<ChildProcess>();
  #seed = 0;

  constructor(brokers: readonly string[], connect: readonly string[] = brokers) {
    this.#brokers = brokers;
    this.#connect = connect;
    this.#reader = outsideReader(brokers);
  }

  /** Makes the topics, as a user would. */
  async createTopics(): Promise<void> {
    const { code, err } = await this.#spawn([PROGRAM, 'topics', 'create', '-c', this.config('maker')]).ended;
    if (code !== 0) throw new Error(`topics create ended with ${code}: ${err}`);
  }

  /** The configuration of one process; returns its path. */
  config(instanceId: string): string {
    const path = join(this.#directory, `${instanceId}.yaml`);
    const kafka = {
      brokers: this.#connect,
      groupId: this.groupId,
      instanceId,
      sessionTimeoutMs: shortestSessionMs(),
      heartbeatIntervalMs: 300,
      transactionTimeoutMs: 4000,
    };
    const topics = { ...this.topics, partitions: PARTITIONS };
    const settings = { kafka, topics, http: { port: 0 }, log: { level: 'warn' }, lanes: { count: 2, batchEvents: 64 } };
    writeFileSync(path, yamlOf(settings));
    return path;
  }

  /** Starts `tollgate run`. */
  start(instanceId: string): Running {
    return this.#spawn([PROGRAM, 'run', '-c', this.config(instanceId)]);
  }

  /** Runs a process that kills itself the Nth time it passes a point; resolves with how it ended. */
  async dieAt(instanceId: string, point: string, times: number): Promise<Ended> {
    const { child, ended } = this.#spawn([DRIVER, this.config(instanceId), point, String(times)]);
    const limit = setTimeout(() => child.kill('SIGTERM'), DOOM_MS);
    try {
      return await ended;
    } finally {
      clearTimeout(limit);
    }
  }

  /** Writes a load with plain and transactional producers; returns how many records of it count. */
  async produce(
    count: number,
    options: Partial<LoadOptions> & { readonly eventsPerSecond?: number } = {},
  ): Promise<number> {
    const { eventsPerSecond = 0, ...load } = options;
    const { events: eventTopics, control: controlTopic } = this.topics;
    const seed = ++this.#seed;
    const records = events(seed, { count, name: `load${seed}`, eventTopics, controlTopic, ...load });
    return (await produceLoad(this.#brokers, records, { seed, eventsPerSecond })).records;
  }

  /** Resolves when so many input records are settled, as an outside reader sees it; rejects when nothing moves any more. */
  async settled(records: number): Promise<void> {
    let seen = -1;
    let movedAtMs = Date.now();
    for (;;) {
      const settled = await this.#settledNow();
      if (settled >= records) return;
      if (settled > seen) {
        seen = settled;
        movedAtMs = Date.now();
      }
      if (Date.now() - movedAtMs > STANDSTILL_MS) throw new Error(`${settled} of ${records} records are settled`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Resolves when so many more records are settled than now, or all that there will be. */
  async settledMore(records: number, all: number): Promise<void> {
    await this.settled(Math.min((await this.#settledNow()) + records, all));
  }

  /** What the outside checker finds, once all of it was judged. */
  check(): Promise<Report> {
    const { topics, groupId } = this;
    return checkRun({ brokers: this.#brokers, groupId, topics, partitions: PARTITIONS, isComplete: true });
  }

  async close(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
    const admin = new Kafka({ brokers: [...this.#brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { events: inputs, ...others } = this.topics;
    await admin.deleteTopics({ topics: [...inputs, ...Object.values(others)] }).catch(() => undefined);
    await admin.disconnect();
  }

  async #settledNow(): Promise<number> {
    const audit = await this.#reader.read(this.topics.audit);
    return audit.filter(({ value }) => value?.includes('"source":') === true).length;
  }

  #spawn(args: readonly string[]): Running {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TOLLGATE_')));
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#running.add(child);
    const chunks: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code, signal) => {
        this.#running.delete(child);
        resolve({ code, signal, err: String(Buffer.concat(chunks)) });
      });
    });
    return { child, ended };
  }
}

/** JSON is YAML; the policies are written as people write them. */
function yamlOf(settings: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  return lines.join('') + POLICIES;
}
