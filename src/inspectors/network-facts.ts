import type { Event } from '../domain/event.ts';
import { BoundedSet } from './bounded-set.ts';
import type { CommandSink } from './client-arguments.ts';
import { scanArguments, scanCommand, scanProgramText } from './command-scan.ts';
import { findUrls, readWholeUrl, urlAt } from './find-urls.ts';
import { addressOf } from './ip-address.ts';
import { BARE, readTexts, type TextReader, type TextRole } from './network-texts.ts';
import type { HostReading } from './read-authority.ts';
import { type ToolKind, ToolKinds } from './tool-kind.ts';

/** What a call would reach and run, in the order in which it stands. */
export interface NetworkFacts {
  /** Normalised names; `(unreadable)` stands for a host that is there but cannot be known. */
  readonly hosts: readonly string[];
  readonly urls: readonly string[];
  readonly ips: readonly string[];
  readonly commands: readonly string[];
}

const TOOLS = new ToolKinds([]);

/**
 * The hosts, URLs, IP addresses and programs in an event's `params` and `result`. URLs and addresses are looked for when
 * they are wanted; without, those lists are empty.
 */
export function findNetworkFacts(event: Event, wantsUrls: boolean, wantsIps: boolean): NetworkFacts {
  const tool = event.tool ?? '';
  const scan = new FactScan(TOOLS.of(tool), tool, wantsUrls, wantsIps);
  readTexts(event.params, BARE, scan);
  if (event.result !== undefined) scan.readResult(event.result);
  return {
    hosts: scan.hosts.values(),
    urls: scan.urls.values(),
    ips: scan.ips.values(),
    commands: scan.commands.values(),
  };
}

const IPV4 = /(?<![\w.])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\w.])/g;

/** What every address has: far cheaper to look for, since `matchAll` copies its pattern. */
const DOTTED_DIGITS = /\d\.\d/;

/** URLs cut out of one event, those that come again included: keeps a text of nothing but URLs cheap. */
const MAX_URLS_SEEN = 1024;

/*
 * Owns what was found in one event. Invariants:
 * 1. Each list holds a value once, and no more than its bound.
 */
class FactScan implements TextReader, CommandSink {
  readonly hosts = new BoundedSet();
  readonly urls = new BoundedSet();
  readonly ips = new BoundedSet();
  readonly commands = new BoundedSet();
  readonly #tool: string;
  readonly #kind: ToolKind | undefined;
  readonly #wantsUrls: boolean;
  readonly #wantsIps: boolean;
  #inResult = false;
  #inCommand = false;
  #urlsSeen = 0;

  constructor(kind: ToolKind | undefined, tool: string, wantsUrls: boolean, wantsIps: boolean) {
    this.#kind = kind;
    this.#tool = tool;
    this.#wantsUrls = wantsUrls;
    this.#wantsIps = wantsIps;
  }

  readResult(result: Event['params']): void {
    this.#inResult = true;
    readTexts(result, BARE, this);
  }

  text(text: string, role: TextRole): void {
    findUrls(text, this);
    if (this.#wantsIps) this.#findAddresses(text);
    if (this.#inResult) return;
    if (role.url && !(role === BARE && this.#kind === 'shell')) readWholeUrl(text, role.hostName, this);
    this.#inCommand = role === BARE || (role.command && !role.url);
    if (!this.#inCommand && this.#kind !== 'shell' && this.#kind !== 'program') return;
    if (this.#kind === 'program') scanProgramText(this.#tool, text, this);
    else scanCommand(text, this);
  }

  #findAddresses(text: string): void {
    if (!DOTTED_DIGITS.test(text)) return;
    for (const match of text.matchAll(IPV4)) this.ips.add(match[0]);
  }

  name(text: string): void {
    findUrls(text, this);
  }

  argv(words: readonly string[]): void {
    if (this.#inResult) return;
    this.#inCommand = true;
    scanArguments(this.#kind === 'program' ? [this.#tool, ...words] : words, this);
  }

  host(reading: HostReading): void {
    this.hosts.add(reading.name);
    if (!this.#wantsIps) return;
    const address = addressOf(reading.name);
    if (address !== undefined) this.ips.add(address);
  }

  url(text: string, start: number): void {
    if (this.#wantsUrls && this.#urlsSeen++ < MAX_URLS_SEEN) this.urls.add(urlAt(text, start));
  }

  program(name: string): void {
    if (this.#inCommand) this.commands.add(name);
  }

  blocked(): void {
    // A pattern is a verdict of the egress inspector, no fact.
  }

  suspicious(): void {
    // As above.
  }
}
