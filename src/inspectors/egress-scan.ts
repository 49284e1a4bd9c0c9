import type { Json } from '../domain/json.ts';
import type { CommandSink } from './client-arguments.ts';
import { FoundPatterns, findPatterns } from './command-patterns.ts';
import { scanArguments, scanCommand, scanProgramText } from './command-scan.ts';
import { findUrls, readWholeUrl } from './find-urls.ts';
import { type AllowList, isMetadataHost } from './host-rules.ts';
import { BARE, readTexts, type TextReader, type TextRole } from './network-texts.ts';
import type { HostReading } from './read-authority.ts';
import type { ToolKind } from './tool-kind.ts';

/*
 * Owns what was found in one call of a network tool. Invariants:
 * 1. Every string of the call is read; none is skipped because another one was found first.
 * 2. The host that is reported is the first that is not listed, a metadata host before any other.
 */
export class EgressScan implements TextReader, CommandSink {
  readonly patterns = new FoundPatterns();
  readonly #kind: ToolKind;
  readonly #tool: string;
  readonly #hosts: AllowList;
  #unlisted: string | undefined;
  #listed: string | undefined;
  #metadata = false;

  constructor(kind: ToolKind, tool: string, hosts: AllowList) {
    this.#kind = kind;
    this.#tool = tool;
    this.#hosts = hosts;
  }

  /** The first host that is not on the list, as a message may name it. */
  get unlisted(): string | undefined {
    return this.#unlisted;
  }

  /** The first host that is on the list. */
  get listed(): string | undefined {
    return this.#listed;
  }

  /** True when `unlisted` is a metadata service or link-local. */
  get metadata(): boolean {
    return this.#metadata;
  }

  read(params: Json): void {
    readTexts(params, BARE, this);
  }

  /** A command may be any text of a shell; of a tool that goes to URLs only what its name says may run. */
  text(text: string, role: TextRole): void {
    if (text === '') return;
    findUrls(text, this);
    if (this.#readsAsUrl(role)) readWholeUrl(text, role.hostName, this);
    if (this.#kind === 'web' && !role.command) return;
    findPatterns(text, this);
    if (this.#kind === 'program') scanProgramText(this.#tool, text, this);
    else scanCommand(text, this);
  }

  /** The bare text of a shell is a command: its first word is a program, not a host. */
  #readsAsUrl(role: TextRole): boolean {
    return role.url && !(role === BARE && this.#kind === 'shell');
  }

  name(text: string): void {
    findUrls(text, this);
  }

  argv(words: readonly string[]): void {
    scanArguments(this.#kind === 'program' ? [this.#tool, ...words] : words, this);
  }

  host(reading: HostReading): void {
    if (this.#hosts.allows(reading)) {
      this.#listed ??= reading.name;
      return;
    }
    const metadata = isMetadataHost(reading.name) && !this.#hosts.has(reading.name);
    if (this.#unlisted !== undefined && (this.#metadata || !metadata)) return;
    this.#unlisted = shownName(reading, this.#hosts);
    this.#metadata = metadata;
  }

  blocked(pattern: string): void {
    this.patterns.blocked(pattern);
  }

  suspicious(pattern: string): void {
    this.patterns.suspicious(pattern);
  }
}

/** The host that is gone to; for one that would be listed but for how it is written, what is wrong with it. */
function shownName(reading: HostReading, hosts: AllowList): string {
  if (!hosts.has(reading.name)) return reading.name;
  return reading.ambiguous ? `${reading.name} (ambiguous URL)` : reading.written;
}
