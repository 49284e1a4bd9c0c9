import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ProgramTask } from './place.ts';

const STOP_TIMEOUT_MS = 8_000;
const KILL_TIMEOUT_MS = 2_000;
const PROGRAMS = join(dirname(fileURLToPath(import.meta.url)), 'programs');

/** A program of a bench, running. It is killed when this process ends. */
export interface Program {
  readonly pid: number;
  /** Messages that it sends; rejects when it ends first, or says nothing for so long. */
  message(timeoutMs: number): Promise<unknown>;
  send(message: object): void;
  /** Throws when it has ended, with what it said last. */
  check(): void;
  /** Asks it to end, kills it when it does not within 8 s. */
  stop(): Promise<void>;
  /** Resolves when it has ended by itself; kills it after so long, and throws. */
  ended(timeoutMs: number): Promise<void>;
}

/** Starts one of the compiled programs under `programs/`. */
export function startTask<T extends ProgramTask>(name: string, task: T): Program {
  return startProgram([join(PROGRAMS, `${name}.js`), JSON.stringify(task)]);
}

const ERROR_CHARACTERS = 4_000;
/** Node's programs are connected to this process, and end when it is gone, however that happened. */
const END_WITH_US = 'data:text/javascript,process.once("disconnect",()=>process.exit(1))';

/** Starts a program of Node; `dir`, if it has one, is removed when it has ended. Its standard error is kept for `check`. */
export function startProgram(args: readonly string[], dir?: string): Program {
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'ipc'];
  const child = spawn(process.execPath, ['--import', END_WITH_US, ...args], { stdio });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${args[0]} did not start`);
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-ERROR_CHARACTERS);
  });
  // What is sent to one that has just ended is lost; whoever waits for its answer is told.
  child.on('error', () => undefined);
  const inbox = new Inbox(child);
  child.once('close', () => {
    process.removeListener('exit', kill);
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  });
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const check = () => {
    if (isOver()) throw new Error(`${args[0]} ended (${child.exitCode}): ${said}`);
  };
  return {
    pid,
    check,
    send: (message) => child.send(message),
    message: (timeoutMs) => inbox.next(timeoutMs, check),
    stop: () => stop(child, isOver),
    ended: async (timeoutMs) => {
      const isInTime = await endsWithin(child, isOver, timeoutMs);
      if (isInTime && child.exitCode === 0) return;
      await stop(child, isOver);
      throw new Error(`${args[0]} did not end well within ${timeoutMs} ms: ${said}`);
    },
  };
}

/** Messages of a child, kept until somebody asks. */
class Inbox {
  readonly #messages: unknown[] = [];
  #arrived: () => void = () => undefined;

  constructor(child: ChildProcess) {
    child.on('message', (message) => {
      this.#messages.push(message);
      this.#arrived();
    });
    child.once('close', () => this.#arrived());
  }

  async next(timeoutMs: number, check: () => void): Promise<unknown> {
    const deadline = performance.now() + timeoutMs;
    while (this.#messages.length === 0) {
      check();
      const restMs = deadline - performance.now();
      if (restMs <= 0) throw new Error(`a program of the bench said nothing for ${timeoutMs} ms`);
      const arrival = new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
      await withTimeout(arrival, restMs);
    }
    return this.#messages.shift();
  }
}

async function stop(child: ChildProcess, isOver: () => boolean): Promise<void> {
  if (isOver()) return;
  child.kill('SIGTERM');
  if (await endsWithin(child, isOver, STOP_TIMEOUT_MS)) return;
  child.kill('SIGKILL');
  await endsWithin(child, isOver, KILL_TIMEOUT_MS);
}

async function endsWithin(child: ChildProcess, isOver: () => boolean, timeoutMs: number): Promise<boolean> {
  if (!isOver()) await withTimeout(once(child, 'close'), timeoutMs);
  return isOver();
}

async function withTimeout(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  const waiting = new AbortController();
  const timeout = setTimeout(timeoutMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  await Promise.race([work, timeout]);
  waiting.abort();
}
