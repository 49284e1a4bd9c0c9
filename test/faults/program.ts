import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** How a process ended; `err` is what it said on standard error. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
}

/** What a process is started with. */
export interface ProgramOptions {
  readonly args: readonly string[];
  /** Where its standard error goes: kept as evidence. */
  readonly logPath: string;
  /** Over this process's own, less what steers Tollgate. */
  readonly env?: Readonly<Record<string, string>>;
  /** A program to start in place of Node, with `args` behind these: `['bash', '-c', …]`. */
  readonly through?: readonly string[];
}

/** How long a process may take to end when it was asked to. */
const STOP_LIMIT_MS = 60_000;
/** A point that is never passed. */
const FREEZE_LIMIT_MS = 60_000;
const SAY_LIMIT_MS = 60_000;
const LOOK_MS = 50;

/** A process of the built program. Whoever ends it says so here: everything else that it may do is an ending of its own. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #toldTo: 'die' | 'stop' | undefined;
  #isOver = false;
  readonly #logPath: string;

  constructor({ args, logPath, env = {}, through = [] }: ProgramOptions) {
    this.#logPath = logPath;
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('TOLLGATE_'));
    const log = openSync(logPath, 'a');
    const [program = process.execPath, ...before] = [...through, process.execPath];
    const stdio = ['ignore', 'ignore', log] as const;
    this.child = spawn(program, [...before, ...args], {
      env: { ...Object.fromEntries(own), ...env },
      stdio: [...stdio],
    });
    closeSync(log);
    this.ended = new Promise<Ended>((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => {
        this.#isOver = true;
        resolve({ code, signal, err: readFileSync(logPath, 'utf8') });
      };
      this.child.once('close', end);
      this.child.once('error', () => end(null, null));
    });
  }

  get isRunning(): boolean {
    return !this.#isOver;
  }

  /** Whether this ending is one that it was told to have. A process that is not yet up takes no notice of SIGTERM, and dies of it. */
  isExpected({ code, signal }: Ended): boolean {
    if (this.#toldTo === undefined) return false;
    return code === 0 || signal === (this.#toldTo === 'die' ? 'SIGKILL' : 'SIGTERM');
  }

  /** kill -9; resolves when it is dead. */
  kill(): Promise<Ended> {
    this.#toldTo = 'die';
    this.child.kill('SIGKILL');
    return this.ended;
  }

  /** Asks it to end; one that does not within a minute is killed. */
  async stop(): Promise<Ended> {
    this.#toldTo ??= 'stop';
    this.child.kill('SIGTERM');
    // A process that was stopped does not hear of it.
    this.child.kill('SIGCONT');
    const limit = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(limit);
    }
  }

  /** Resolves when it said this on standard error; rejects when it ended, or a minute passed. */
  async says(text: string, signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + SAY_LIMIT_MS;
    while (!readFileSync(this.#logPath, 'utf8').includes(text)) {
      if (!this.isRunning || Date.now() > deadline) throw new Error(`${this.#logPath} does not say: ${text}`);
      await delay(LOOK_MS, undefined, { signal });
    }
  }

  /** Resolves with true when it stands still, since a process that stops itself says nothing; false: it ended, or a minute passed. */
  async frozen(signal: AbortSignal): Promise<boolean> {
    const deadline = Date.now() + FREEZE_LIMIT_MS;
    const state = () => spawnSync('ps', ['-o', 'stat=', '-p', String(this.child.pid)], { encoding: 'utf8' }).stdout;
    while (!state().startsWith('T')) {
      if (!this.isRunning || Date.now() > deadline) return false;
      await delay(LOOK_MS, undefined, { signal });
    }
    return true;
  }

  /** SIGSTOP: it does nothing any more, and does not know. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  /** SIGCONT. */
  thaw(): void {
    this.child.kill('SIGCONT');
  }
}
