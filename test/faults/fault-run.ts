import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { packageFile } from '../../src/codec/package-file.ts';
import { checkRun } from '../kafka/outside/checker.ts';
import type { RunTopics } from '../kafka/outside/run-records.ts';
import type { Report } from '../kafka/outside/violation.ts';
import { type Ended, Program, type ProgramOptions } from './program.ts';

const PROGRAM = packageFile('dist', 'cli', 'tollgate.js');
const DRIVER = packageFile('test', 'faults', 'crash-driver.mjs');
/** The shortest that the brokers of `startBroker` allow, less some: what a killed process holds is free after it. */
const SESSION_MS = 1_500;
const PARTITIONS = 4;
/** A process that is to die at a point which it never passes must not hang the run. */
const DOOM_MS = 60_000;

/** A configuration, or what is changed of it: objects are joined, anything else is replaced. */
export type Settings = Readonly<Record<string, unknown>>;

/** Where a run takes place. */
export interface RunPlace {
  /** Where topics are made and read from. */
  readonly brokers: readonly string[];
  /** Where the program connects. */
  readonly connect?: readonly string[];
  /** Configurations and logs go here. */
  readonly directory: string;
  readonly partitions?: number;
  /** Of a member of the group; brokers that are not ours may allow no less than 6 s. */
  readonly sessionTimeoutMs?: number;
}

/** How one process differs from the others. */
export interface StartOptions extends Pick<ProgramOptions, 'env' | 'through'> {
  readonly settings?: Settings;
  /** For Node, before the program. */
  readonly nodeFlags?: readonly string[];
}

/**
 * A run of its own: topics, group, configuration, processes.
 *
 * 1. Every process that it started is known to it, and ends with `close` at the latest.
 * 2. A process that ends though nobody told it to is in `badEndings`.
 */
export class FaultRun {
  readonly topics: RunTopics;
  readonly groupId = uniqueName('group');
  readonly partitions: number;
  readonly sessionTimeoutMs: number;
  /** Processes that ended by themselves, or otherwise than they were told to. */
  readonly badEndings: string[] = [];
  readonly #place: RunPlace;
  readonly #running = new Set<Program>();
  #settings: Settings;
  #started = 0;

  constructor(place: RunPlace) {
    this.#place = place;
    this.partitions = place.partitions ?? PARTITIONS;
    this.sessionTimeoutMs = place.sessionTimeoutMs ?? SESSION_MS;
    this.topics = {
      events: [uniqueName('calls'), uniqueName('steps')],
      control: uniqueName('control'),
      decisions: uniqueName('decisions'),
      audit: uniqueName('audit'),
      deadLetter: uniqueName('dead'),
      sessions: uniqueName('sessions'),
    };
    mkdirSync(place.directory, { recursive: true });
    this.#settings = this.#basicSettings();
  }

  /** The policies of every process that is started from now on. */
  get policies(): readonly unknown[] {
    return this.#settings.policies as readonly unknown[];
  }

  /** Changes the configuration of every process that is started from now on: policies, limits. */
  configure(settings: Settings): void {
    this.#settings = joined(this.#settings, settings);
  }

  /** Makes the topics, as a user would. */
  async createTopics(): Promise<void> {
    const { code, err } = await this.#spawn('topics', {
      args: [PROGRAM, 'topics', 'create', '-c', this.config('maker')],
    }).ended;
    if (code !== 0) throw new Error(`topics create ended with ${code}: ${err}`);
  }

  /** Writes the configuration of one process; returns its path. JSON is YAML. */
  config(instanceId: string, settings: Settings = {}): string {
    const path = join(this.#place.directory, `${instanceId}.yaml`);
    const whole = joined(joined(this.#settings, { kafka: { instanceId } }), settings);
    writeFileSync(path, JSON.stringify(whole, undefined, 1));
    return path;
  }

  /** Starts `tollgate run`. It is to run until `kill` or `stop` of it is called, or the run ends. */
  start(instanceId: string, { settings, nodeFlags = [], ...options }: StartOptions = {}): Program {
    const args = [...nodeFlags, PROGRAM, 'run', '-c', this.config(instanceId, settings)];
    const program = this.#spawn(instanceId, { ...options, args });
    void program.ended.then((ended) => this.#look(instanceId, program, ended));
    return program;
  }

  /** Starts a process that stops (SIGSTOP) the Nth time it passes a point; see `Program.frozen`. */
  startFreezingAt(instanceId: string, point: string, times: number): Program {
    const program = this.#drive(instanceId, point, times, 'SIGSTOP');
    void program.ended.then((ended) => this.#look(instanceId, program, ended));
    return program;
  }

  /** Runs a process that kills itself the Nth time it passes a point; resolves with how it ended. */
  async dieAt(instanceId: string, point: string, times: number): Promise<Ended> {
    const program = this.#drive(instanceId, point, times, 'SIGKILL');
    const limit = setTimeout(() => program.child.kill('SIGTERM'), DOOM_MS);
    try {
      return await program.ended;
    } finally {
      clearTimeout(limit);
    }
  }

  /** Why nothing will be judged any more: a process died that should not have, and no other one runs. */
  hopeless(): string | undefined {
    return this.#running.size === 0 ? this.badEndings.at(-1) : undefined;
  }

  /** Stops every process that still runs. */
  async stopAll(): Promise<void> {
    const running = [...this.#running];
    await Promise.all(running.map((program) => program.stop()));
  }

  /** Kills every process that still runs. */
  async killAll(): Promise<void> {
    await Promise.all([...this.#running].map((program) => program.kill()));
  }

  /** What the outside checker finds, when nothing runs any more; with `isComplete` every committed record must be judged. */
  check(isComplete = true): Promise<Report> {
    const { topics, groupId, partitions } = this;
    return checkRun({ brokers: this.#place.brokers, groupId, topics, partitions, isComplete });
  }

  /** Kills what still runs and removes the topics. */
  async close(): Promise<void> {
    await this.killAll();
    const admin = new Kafka({ brokers: [...this.#place.brokers], logLevel: logLevel.NOTHING }).admin();
    const { events, ...others } = this.topics;
    try {
      await admin.connect();
      await admin.deleteTopics({ topics: [...events, ...Object.values(others)] });
    } catch {
      // A broker that is gone takes its topics with it; one that stays only keeps them longer.
    } finally {
      await admin.disconnect();
    }
  }

  #drive(instanceId: string, point: string, times: number, signal: NodeJS.Signals): Program {
    return this.#spawn(instanceId, { args: [DRIVER, this.config(instanceId), point, String(times), signal] });
  }

  #look(instanceId: string, program: Program, ended: Ended): void {
    const { code, signal, err } = ended;
    if (!program.isExpected(ended))
      this.badEndings.push(`${instanceId} ended with ${signal ?? code}: ${err.slice(-1500)}`);
  }

  #spawn(name: string, options: Omit<ProgramOptions, 'logPath'>): Program {
    const logPath = join(this.#place.directory, `${name}-${++this.#started}.log`);
    const program = new Program({ ...options, logPath });
    this.#running.add(program);
    void program.ended.then(() => this.#running.delete(program));
    return program;
  }

  /** Inspectors and real Wasm, everything matched; small batches, so that there are many commits. */
  #basicSettings(): Settings {
    const { sessionTimeoutMs } = this;
    const { brokers, connect = brokers } = this.#place;
    const bundle = packageFile('policies', 'dist', 'agent-guard.tar.gz');
    return {
      kafka: {
        brokers: connect,
        groupId: this.groupId,
        sessionTimeoutMs,
        heartbeatIntervalMs: 300,
        transactionTimeoutMs: 4000,
      },
      topics: { ...this.topics, partitions: this.partitions },
      http: { port: 0 },
      log: { level: 'info' },
      lanes: { count: 2, batchEvents: 64 },
      defaultEffect: 'allow',
      policies: [
        { name: 'egress', inspector: 'egress', with: { strict: true } },
        { name: 'repetition', inspector: 'repetition', with: { max: 3 } },
        {
          name: 'guard',
          opa: { bundle, entrypoint: 'agent/decision' },
          needs: ['hosts'],
          match: { types: ['tool_call'] },
        },
      ],
    };
  }
}

function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

function joined(settings: Settings, more: Settings): Settings {
  const isObject = (value: unknown): value is Settings =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = Object.entries(more).map(([name, value]) => {
    const old = settings[name];
    return [name, isObject(old) && isObject(value) ? joined(old, value) : value] as const;
  });
  return { ...settings, ...Object.fromEntries(entries) };
}
