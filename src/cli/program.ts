import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { TollgateError } from '../domain/errors.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { printError } from './print-error.ts';
import { printable, type Terminal } from './terminal.ts';

const EXAMPLES = `
Examples:
  tollgate init ./guard
  tollgate demo
  tollgate topics create -c tollgate.yaml
  tollgate run -c tollgate.yaml
  tollgate doctor
  tollgate replay kafka:agent.tool-calls,agent.steps > decisions.ndjson
  tollgate eval --event event.json
  tollgate policy build ./policies -o house.tar.gz -e agent/decision
  tollgate policy inspect house.tar.gz
  tollgate audit verify ./out/audit
  source <(tollgate completion bash)

Exit codes: 0 done, 1 a check failed, 2 usage or configuration, 3 input could not be read,
4 the broker could not be reached, 70 our own fault.`;

/** Runs one command line (without node and script) to its exit code. Never throws: what is thrown is printed. */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  commands: readonly CommandEntry[] = COMMANDS,
): Promise<ExitCode> {
  try {
    const program = await createProgram(args, terminal, commands);
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (thrown) {
    // Commander has printed what it ends with: help or version (0), or a usage error.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    const error = TollgateError.from(thrown);
    printError(terminal.err, error);
    return exitCodeOf(error);
  }
}

async function createProgram(
  args: readonly string[],
  terminal: Terminal,
  commands: readonly CommandEntry[],
): Promise<Command> {
  const program = new Command('tollgate')
    .description('Judges the tool calls of AI agents with policies and session state.')
    .version(readVersion(), '-V, --version')
    .exitOverride()
    .showHelpAfterError('next:  add --help to see how it is used')
    .configureOutput(outputTo(terminal))
    .addHelpText('after', EXAMPLES);
  const called = calledCommand(args);
  const isAll = commands.some(({ name, needsAll }) => name === called && needsAll === true);
  for (const entry of commands) {
    if (isAll || entry.name === called) (await entry.load())(program, terminal);
    else program.command(entry.name).summary(entry.summary).description(entry.summary);
  }
  return program;
}

/** The command of a command line, also after `help`. Options of the program itself take no values. */
function calledCommand(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  return first === 'help' ? second : first;
}

function outputTo({ out, err }: Terminal) {
  return {
    writeOut: (text: string) => out.write(text),
    writeErr: (text: string) => err.write(text),
    outputError: (text: string, write: (text: string) => void) => {
      write(printable(text).replace('error:', err.colors.red(err.colors.bold('error:'))));
    },
    getOutHelpWidth: () => out.width ?? 100,
    getErrHelpWidth: () => err.width ?? 100,
    getOutHasColors: () => out.colors.isColorSupported,
    getErrHasColors: () => err.colors.isColorSupported,
  };
}

/** The package's version; this file lies two folders below it, in `src` as in `dist`. */
function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}
