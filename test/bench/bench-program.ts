import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { packageFile } from '../../src/codec/package-file.ts';

/** The built program, as `npm run build` left it. */
const PROGRAM = packageFile('dist', 'cli', 'tollgate.js');
const READY_LOOK_MS = 10;
const READY_TIMEOUT_MS = 300_000;
const END_TIMEOUT_MS = 60_000;

export const BENCH_TOPICS = {
  events: ['bench.calls'],
  control: 'bench.control',
  decisions: 'bench.decisions',
  audit: 'bench.audit',
  deadLetter: 'bench.dead-letter',
  sessions: 'bench.sessions',
};

/** What a bench sets; policies are those of the bench. */
export interface ProgramSettings {
  readonly partitions: number;
  readonly lanes: number;
  /** Without them it is a configuration for files. */
  readonly brokers?: readonly string[];
  readonly httpPort?: number;
}

/** Writes a configuration into `dir`; returns its path. */
export function writeConfig(dir: string, { brokers, partitions, lanes, httpPort }: ProgramSettings): string {
  const bundle = packageFile('policies', 'dist', 'agent-guard.tar.gz');
  const kafka = { kafka: { brokers, groupId: 'bench' }, topics: { ...BENCH_TOPICS, partitions } };
  const files = { files: { in: join(dir, 'in'), out: join(dir, 'out'), partitions } };
  const settings = {
    ...(brokers === undefined ? files : kafka),
    lanes: { count: lanes },
    http: { port: httpPort ?? 0 },
    log: { level: 'warn' },
    policies: [
      { name: 'egress', inspector: 'egress', with: { allowHosts: ['packages.example.com'] } },
      { name: 'repetition', inspector: 'repetition' },
      {
        name: 'guard',
        opa: { bundle, entrypoint: 'agent/decision' },
        needs: ['hosts'],
        match: { types: ['tool_call'] },
      },
    ],
  };
  const path = join(dir, 'tollgate.yaml');
  writeFileSync(path, JSON.stringify(settings));
  return path;
}

/** Starts `tollgate ARGS`. What it says goes to this process's standard error. */
export function startProgram(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Runs `tollgate ARGS` to its end. Rejects unless it ends with 0; the signal ends it. */
export async function runProgram(args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = startProgram(args);
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const [code] = await once(child, 'close');
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`tollgate ${args[0]} ended with ${code}`);
}

/** Resolves when a running program says that it is ready. Rejects when it ends before, or takes too long. */
export async function untilReady(child: ChildProcess, httpPort: number, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
  for (;;) {
    deadline.throwIfAborted();
    if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode} before it was ready`);
    const answer = await fetch(`http://127.0.0.1:${httpPort}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return;
    await setTimeout(READY_LOOK_MS, undefined, { signal: deadline });
  }
}

/** Ends a program as an operator would; with force when it does not end. */
export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  const timer = globalThis.setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS);
  await closed;
  clearTimeout(timer);
}
