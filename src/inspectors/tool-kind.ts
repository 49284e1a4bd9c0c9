import { words } from './programs.ts';

/**
 * How a tool can reach the network: `shell` runs its texts, `web` goes to its URLs, `program` is a network program by its
 * own name (its texts are arguments), `custom` is one that the configuration names: all rules hold for it.
 */
export type ToolKind = 'shell' | 'web' | 'program' | 'custom';

const JOINERS = /[_\-\s]/g;

// Compact names: lower case, without `_`, `-` and white space. car-policy 0.13 knew shell, http and webfetch alone.
const SHELL_TOOLS = words(`
  shell bash sh zsh dash ash ksh fish cmd powershell pwsh exec execute executecommand execcommand execshell execbash
  executebash executeshell run runcommand runshell runshellcommand runbash runscript runterminalcmd runterminalcommand
  runinterminal runcode executecode executepython runpython python python3 node codeinterpreter terminal terminalexec
  console command commandline shellcommand shellexec shelltool bashtool localshell subprocess process spawn system script
  ssh remoteexec dockerexec`);
const WEB_TOOLS = words(`
  http https webfetch fetch fetchurl fetchpage urlfetch urlread readurl openurl geturl webrequest webget webrequesttool
  httprequest httpget httppost httpput httppatch httpdelete httpclient httpfetch httptool request requests requestsget
  requestspost apirequest apicall callapi api rest restapi graphql webhook sendwebhook browser browse browserurl
  browsernavigate browseropen navigate goto visit visiturl scrape scrapeurl crawl download downloadfile downloadurl
  upload uploadfile uploadurl websocket webbrowser webreader`);
const PROGRAM_TOOLS = words(
  'curl wget nc ncat netcat socat telnet ftp sftp scp rsync git nslookup dig ping aria2c xh httpie',
);

/*
 * Owns a memo of tool names. Invariants:
 * 1. It never holds more than MEMO_TOOLS names, none longer than MEMO_LENGTH: names come from outside.
 * 2. It changes no answer: a kind follows from the name and the configuration alone.
 */
const MEMO_TOOLS = 1024;
const MEMO_LENGTH = 128;

/** Tells network tools from others by name: exact after dropping case and `_`/`-`, also behind a prefix (`mcp__x__fetch`). */
export class ToolKinds {
  readonly #custom: ReadonlySet<string>;
  readonly #memo = new Map<string, ToolKind | 'none'>();

  constructor(custom: readonly string[]) {
    this.#custom = new Set(custom.map(compact));
  }

  /** Undefined for a tool that is not known to reach the network. */
  of(tool: string): ToolKind | undefined {
    const kind = this.#memo.get(tool) ?? this.#learn(tool);
    return kind === 'none' ? undefined : kind;
  }

  #learn(tool: string): ToolKind | 'none' {
    const name = compact(tool);
    const builtIn = builtInKind(name) ?? builtInKind(compact(lastSegment(tool))) ?? 'none';
    const kind = this.#custom.has(name) ? 'custom' : builtIn;
    if (this.#memo.size >= MEMO_TOOLS) this.#memo.clear();
    if (tool.length <= MEMO_LENGTH) this.#memo.set(tool, kind);
    return kind;
  }
}

function builtInKind(name: string): ToolKind | undefined {
  if (SHELL_TOOLS.has(name)) return 'shell';
  if (WEB_TOOLS.has(name)) return 'web';
  return PROGRAM_TOOLS.has(name) ? 'program' : undefined;
}

function compact(tool: string): string {
  return tool.toLowerCase().replace(JOINERS, '');
}

/** What follows the last `__`, `.`, `/` or `:` of a qualified name; the whole name when there is none. */
function lastSegment(tool: string): string {
  const underscores = tool.lastIndexOf('__');
  const mark = Math.max(tool.lastIndexOf('.'), tool.lastIndexOf('/'), tool.lastIndexOf(':'));
  return tool.slice(Math.max(underscores === -1 ? 0 : underscores + 2, mark + 1));
}
