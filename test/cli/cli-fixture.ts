import { Readable, Writable } from 'node:stream';
import { COMMANDS, type CommandEntry } from '../../src/cli/commands.ts';
import { runCli } from '../../src/cli/program.ts';
import { openTerminal, type Terminal } from '../../src/cli/terminal.ts';

/** A stream that keeps what is written to it. */
export class Sink extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 100;

  constructor(isTTY = false) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Setting {
  readonly stdin?: string | Buffer;
  readonly isTTY?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly commands?: readonly CommandEntry[];
}

/** Runs a command line in this process. */
export async function run(args: readonly string[], setting: Setting = {}): Promise<Run> {
  const { terminal, out, err } = fakeTerminal(setting);
  const code = await runCli(args, terminal, setting.commands ?? COMMANDS);
  return { code, out: out.text, err: err.text };
}

/** A terminal whose streams a test can read. */
export function fakeTerminal(setting: Setting = {}): { terminal: Terminal; out: Sink; err: Sink } {
  const out = new Sink(setting.isTTY);
  const err = new Sink(setting.isTTY);
  const stdin = Readable.from(setting.stdin === undefined ? [] : [Buffer.from(setting.stdin)]);
  return { terminal: openTerminal({ stdin, stdout: out, stderr: err, env: setting.env ?? {} }), out, err };
}
