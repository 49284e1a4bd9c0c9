import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { packageFile } from '../../../src/codec/package-file.ts';

const PROGRAM = packageFile('dist', 'cli', 'tollgate.js');

/** The built program at work. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  readonly #name: string;

  constructor(...args: readonly string[]) {
    this.#name = `tollgate ${args.join(' ')}`;
    // What steers Tollgate from outside is not meant for the demo, which is the same everywhere.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TOLLGATE_')));
    this.#child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = this.#run();
    // Whoever waits for the end hears of it, also when it comes before they do.
    this.#ended.catch(() => undefined);
  }

  /** Resolves with what it printed; rejects with what it said when it ends with another code than 0. */
  get ended(): Promise<string> {
    return this.#ended;
  }

  /** Asks it to stop, and waits for its end. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  async #run(): Promise<string> {
    const { stdout, stderr } = this.#child;
    const printed: string[] = [];
    const said: string[] = [];
    stdout?.setEncoding('utf8').on('data', (text: string) => printed.push(text));
    stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const [code] = await once(this.#child, 'close');
    if (code !== 0) throw new Error(`${this.#name} ended with ${code}:\n${said.join('')}`);
    return printed.join('');
  }
}

/** Runs a command to its end; resolves with what it printed. */
export function tollgate(...args: readonly string[]): Promise<string> {
  return new Program(...args).ended;
}
