import { ClientArguments, type CommandSink, readHosts } from './client-arguments.ts';
import { CLIENTS, UNMISTAKABLE } from './clients.ts';
import { findPatterns } from './command-patterns.ts';
import { findUrls } from './find-urls.ts';
import { FEEDERS, INTERPRETERS, LOOKERS, NETCATS, programName, SHELLS, WRAPPERS } from './programs.ts';
import { readAuthority, UNREADABLE_HOST } from './read-authority.ts';
import { readShellWords, type ShellReader } from './shell-words.ts';

/** Quoted texts inside quoted texts that are read as commands; each level reads the text once more. */
const MAX_NESTING = 4;
/** Commands inside commands (`$(…)`) whose outer command is remembered. */
const MAX_OPEN = 64;

/** What is suspicious when a shell is given what a network program writes. */
const FED_SHELL = 'bash <(';
const DEEP_QUOTES = 'nested quotes';

/** Reads a text as shell commands and gives the sink what they would reach. Linear in the text. */
export function scanCommand(text: string, sink: CommandSink): void {
  const scan = new CommandScan(sink, 0, undefined);
  readShellWords(text, scan);
  scan.end();
}

/** Reads words that are one command already (`argv`); a word with blanks may itself be a script. */
export function scanArguments(argv: readonly string[], sink: CommandSink): void {
  const scan = new CommandScan(sink, 0, undefined);
  for (const word of argv) scan.word(word, true);
  scan.end();
}

/** Reads a text as the arguments of a program. */
export function scanProgramText(program: string, text: string, sink: CommandSink): void {
  const scan = new CommandScan(sink, 0, undefined);
  scan.word(program, false);
  readShellWords(text, scan);
  scan.end();
}

/** What is known of one simple command. */
interface Command {
  expectsProgram: boolean;
  readonly piped: boolean;
  /** The shell that will run what this command writes. */
  readonly fedTo: string | undefined;
  program: string;
  wrapped: boolean;
  feeder: boolean;
  redirected: boolean;
  netcat: string | undefined;
  interpreter: string | undefined;
  client: ClientArguments | undefined;
}

function newCommand(piped: boolean, fedTo: string | undefined): Command {
  return {
    expectsProgram: true,
    piped,
    fedTo,
    program: '',
    wrapped: false,
    feeder: false,
    redirected: false,
    netcat: undefined,
    interpreter: undefined,
    client: undefined,
  };
}

const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;
const PROXY_ASSIGNMENT = /^\w{0,64}_proxy=/i;
const DURATION = /^\d+(?:\.\d+)?[smhd]?$/;
const REMOTE_PATH = /^[^\s/:@]+@(?!sha\d+:)[^\s/:@]+:/;
const SCRIPT_FLAG = /^-[a-zA-Z]?[cmerp]/;
const DECODE_FLAG = /^(?:-[a-z]?[dD]|--d)/;
const SCRIPT_LIKE = /[\s|;&`(]/;

/*
 * Owns the command that is being read and those around it. Invariants:
 * 1. Each word is handled once a nesting level, and levels are at most MAX_NESTING: linear.
 * 2. What is too deep to follow, and a target that is unknown until it runs, is told to the sink, never dropped. A program
 *    that is itself a variable cannot be seen here: that takes a policy on the shell tool as such.
 */
class CommandScan implements ShellReader {
  readonly #sink: CommandSink;
  readonly #level: number;
  readonly #outer: string | undefined;
  readonly #around: Command[] = [];
  #command: Command;

  constructor(sink: CommandSink, level: number, outer: string | undefined) {
    this.#sink = sink;
    this.#level = level;
    this.#outer = outer;
    this.#command = newCommand(false, undefined);
  }

  next(piped: boolean): void {
    const { expectsProgram, wrapped } = this.#command;
    // A line feed after a pipe does not end it.
    if (!piped && this.#command.piped && expectsProgram && !wrapped) return;
    this.#finish();
    this.#command = newCommand(piped, this.#command.fedTo);
  }

  open(): void {
    const { program, client, netcat } = this.#command;
    client?.unknownArgument();
    if (netcat !== undefined) this.#sink.blocked(netcat);
    const shell = program === '' ? this.#outer : program;
    if (this.#around.length === MAX_OPEN) this.#sink.host(UNREADABLE_HOST);
    else this.#around.push(this.#command);
    this.#command = newCommand(false, shell !== undefined && SHELLS.has(shell) ? shell : undefined);
  }

  close(): void {
    this.#finish();
    this.#command = this.#around.pop() ?? newCommand(false, undefined);
  }

  redirect(): void {
    this.#command.redirected = true;
  }

  end(): void {
    this.#finish();
    for (let command = this.#around.pop(); command !== undefined; command = this.#around.pop()) {
      this.#command = command;
      this.#finish();
    }
  }

  word(text: string, quoted: boolean): void {
    if (quoted) this.#quotedWord(text);
    else if (text.startsWith('{') && text.endsWith('}') && text.includes(',')) {
      this.#braces(text);
      return;
    }
    if (this.#command.redirected) {
      this.#command.redirected = false;
      return;
    }
    this.#hostsOfWord(text);
    if (this.#command.expectsProgram) this.#programWord(text);
    else this.#argument(text);
  }

  /** What quotes hid from a scan of the source: URLs, and whole scripts (`x='nc evil 1'`). */
  #quotedWord(text: string): void {
    findUrls(text, this.#sink);
    if (text.startsWith('/dev/')) findPatterns(text, this.#sink);
    if (!SCRIPT_LIKE.test(text)) return;
    if (this.#level === MAX_NESTING) {
      this.#sink.suspicious(DEEP_QUOTES);
      return;
    }
    const inner = new CommandScan(this.#sink, this.#level + 1, this.#command.program || this.#outer);
    readShellWords(text.replace(ASSIGNMENT, ''), inner);
    inner.end();
  }

  /** Brace expansion: `{nc,evil,1}` is three words. */
  #braces(text: string): void {
    for (const piece of text.slice(1, -1).split(',')) this.word(piece, false);
  }

  #hostsOfWord(text: string): void {
    if (text.includes('@') && REMOTE_PATH.test(text) && !text.includes('://')) readAuthority(text, 0, this.#sink);
    if (text.includes('_') && PROXY_ASSIGNMENT.test(text)) readHosts(text.slice(text.indexOf('=') + 1), this.#sink);
  }

  #programWord(text: string): void {
    const command = this.#command;
    const name = programName(text);
    if (text === '' || (text.includes('=') && ASSIGNMENT.test(text))) return;
    if (WRAPPERS.has(name)) {
      command.wrapped = true;
      command.feeder ||= FEEDERS.has(name);
      return;
    }
    if (command.wrapped && (text.startsWith('-') || DURATION.test(text))) return;
    command.expectsProgram = false;
    command.program = name;
    this.#sink.program?.(name);
    this.#judgeProgram(name);
  }

  #judgeProgram(name: string): void {
    const command = this.#command;
    if (command.piped && SHELLS.has(name)) this.#sink.suspicious(`| ${name}`);
    if (command.piped && INTERPRETERS.has(withoutVersion(name))) command.interpreter = withoutVersion(name);
    if (command.fedTo !== undefined && CLIENTS.has(name)) this.#sink.suspicious(FED_SHELL);
    command.netcat = NETCATS.get(name);
    this.#startClient(name, true);
  }

  #startClient(name: string, certain: boolean): void {
    const rule = CLIENTS.get(name);
    if (rule !== undefined) this.#command.client = new ClientArguments(name, rule, certain, this.#sink);
  }

  #argument(text: string): void {
    const command = this.#command;
    if (command.netcat !== undefined) this.#sink.blocked(command.netcat);
    if (command.interpreter !== undefined && bringsScript(text)) command.interpreter = undefined;
    if (command.program === 'base64' && isDecodeFlag(text)) this.#sink.suspicious('base64 -d');
    if (command.client !== undefined) command.client.argument(text);
    if (!text.startsWith('-') && !LOOKERS.has(command.program)) this.#nestedProgram(programName(text));
  }

  /** A program that runs as another one's argument (`find -exec`, `timeout -s 9 5`, a wrapper that is not known). */
  #nestedProgram(name: string): void {
    const command = this.#command;
    command.netcat ??= NETCATS.get(name);
    if (command.client === undefined && UNMISTAKABLE.has(name)) this.#startClient(name, false);
  }

  #finish(): void {
    const { feeder, netcat, interpreter, client } = this.#command;
    if (feeder && netcat !== undefined) this.#sink.blocked(netcat);
    if (feeder) client?.unknownArgument();
    if (interpreter !== undefined) this.#sink.suspicious(`| ${interpreter}`);
  }
}

/** `python3.12` is `python`. */
function withoutVersion(name: string): string {
  let end = name.length;
  while (end > 0 && '0123456789.'.includes(name.charAt(end - 1))) end--;
  return name.slice(0, end);
}

/** True for an interpreter's argument after which it no longer reads its script from standard input. */
function bringsScript(text: string): boolean {
  return text !== '-' && (!text.startsWith('-') || SCRIPT_FLAG.test(text));
}

function isDecodeFlag(text: string): boolean {
  return DECODE_FLAG.test(text);
}
