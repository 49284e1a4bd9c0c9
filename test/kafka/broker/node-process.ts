import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const LOG_FILE = 'server.log';
const LOG_TAIL_CHARACTERS = 3_000;

/**
 * Runs `"$@"` and watches its own standard input: a line is the name of a signal to send, its end means that whoever started
 * this is gone, however that happened: then the program is killed and its directory, the first argument, removed.
 */
export const WATCH = `
trap '' INT HUP
directory=$1; shift
exec 3<&0
"$@" </dev/null 3<&- & program=$!
( while read -r signal; do kill "-$signal" $program; done
  trap '' TERM; kill -KILL $program; rm -rf "$directory" ) <&3 >/dev/null 2>&1 & watcher=$!
wait $program; code=$?
kill $watcher
exit $code
`;

/** The watchers of this process. */
const watchers = new Set<ChildProcess>();

/** A worker of vitest outlives a vitest that was killed for as long as its test does; what it started should not. */
process.once('disconnect', () => {
  for (const watcher of watchers) watcher.stdin?.destroy();
});

/**
 * One Java program that cannot outlive this process.
 *
 * 1. It ends when this process ends, also by kill -9, and its directory goes with it.
 * 2. At most one runs at a time; what it leaves in its directory is there for the next `start`, until `stop`.
 */
export class NodeProcess {
  readonly #directory: string;
  readonly #command: readonly string[];
  #child: ChildProcess | undefined;

  /** `directory` exists and is this program's own; its output goes to a file there. */
  constructor(directory: string, command: readonly string[]) {
    this.#directory = directory;
    this.#command = command;
  }

  start(): void {
    if (this.isRunning) throw new Error('it runs already');
    const output = openSync(join(this.#directory, LOG_FILE), 'a');
    const args = ['-c', WATCH, 'sh', this.#directory, ...this.#command];
    const child = spawn('sh', args, { stdio: ['pipe', output, output] });
    closeSync(output);
    watchers.add(child);
    child.once('close', () => watchers.delete(child));
    // The watcher is gone when the program is: what is written to it then is lost, and may be.
    child.stdin?.on('error', () => undefined);
    child.on('error', () => undefined);
    this.#child = child;
  }

  /** Of the watcher: the program is its child. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    const child = this.#child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Sends a signal and resolves when the program has ended; at once when it does not run. */
  async end(signal: 'KILL' | 'TERM'): Promise<void> {
    if (this.#child === undefined || !this.isRunning) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.write(`${signal}\n`);
    await ended;
    this.#child.stdin?.destroy();
  }

  /** Sends a signal that does not end it. Does nothing when it does not run. */
  send(signal: 'STOP' | 'CONT'): void {
    if (this.isRunning) this.#child?.stdin?.write(`${signal}\n`);
  }

  /** Kills it and removes its directory. */
  async stop(): Promise<void> {
    await this.end('KILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The end of what it wrote. */
  logTail(): string {
    const path = join(this.#directory, LOG_FILE);
    return existsSync(path) ? readFileSync(path, 'utf8').slice(-LOG_TAIL_CHARACTERS) : '';
  }
}
