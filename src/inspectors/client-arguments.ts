import type { ClientRule } from './clients.ts';
import { HOST_FLAGS } from './clients.ts';
import { isHostShaped, readWholeUrl, type UrlSink } from './find-urls.ts';
import { readAuthority, UNREADABLE_HOST } from './read-authority.ts';
import { sendingFlag, sendingMethod } from './sending-flags.ts';

const HOST_BREAKS = /[:,=@]/;

/** Takes what is found in a command. */
export interface CommandSink extends UrlSink {
  /** A pattern that is denied whatever else stands there. */
  blocked(pattern: string): void;
  suspicious(pattern: string): void;
  program?(name: string): void;
}

/*
 * Owns what is known of one network program while its arguments come by. Invariants:
 * 1. Each argument is looked at once, so a command of n arguments costs n steps.
 * 2. A word that may be a target is read as one, unless a flag before it is known to take it.
 */
export class ClientArguments {
  readonly #name: string;
  readonly #rule: ClientRule;
  /** True at command position: then a target need not look like a host. */
  readonly #certain: boolean;
  readonly #sink: CommandSink;
  #pending: 'skip' | 'host' | 'method' | undefined;
  #targets = 0;

  constructor(name: string, rule: ClientRule, certain: boolean, sink: CommandSink) {
    this.#name = name;
    this.#rule = rule;
    this.#certain = certain;
    this.#sink = sink;
  }

  argument(text: string): void {
    if (this.#pending !== undefined) this.#value(text);
    else if (text.startsWith('--')) this.#longFlag(text);
    else if (text.startsWith('-')) this.#shortFlags(text);
    else this.#target(text);
  }

  /** An argument that only exists once a command inside has run. */
  unknownArgument(): void {
    if (this.#pending === undefined && this.#rule.targets === 'url') this.#sink.host(UNREADABLE_HOST);
    this.#pending = undefined;
  }

  #value(text: string): void {
    if (this.#pending === 'host') readHosts(text, this.#sink);
    else if (this.#pending === 'method') this.#report(sendingMethod(this.#name, text));
    this.#pending = undefined;
  }

  #longFlag(text: string): void {
    const equals = text.indexOf('=');
    const flag = equals === -1 ? text : text.slice(0, equals);
    this.#report(sendingFlag(this.#name, flag));
    if (flag === '--request') this.#pending = 'method';
    else if (HOST_FLAGS.has(flag)) this.#pending = 'host';
    else if (this.#rule.longValues.has(flag)) this.#pending = 'skip';
    if (equals === -1) return;
    if (this.#pending !== undefined) this.#value(text.slice(equals + 1));
  }

  /** A cluster: letters without a value, then at most one that takes the rest or the next word. */
  #shortFlags(text: string): void {
    if (text === '-connect') this.#pending = 'host';
    for (let i = 1; i < text.length && this.#pending === undefined; i++) {
      const letter = text.charAt(i);
      this.#report(sendingFlag(this.#name, `-${letter}`));
      this.#pending = this.#kindOf(letter);
      if (this.#pending === undefined || i + 1 === text.length) continue;
      this.#value(text.slice(i + 1));
      return;
    }
  }

  #kindOf(letter: string): 'skip' | 'host' | 'method' | undefined {
    if (letter === 'X' && this.#name === 'curl') return 'method';
    if (this.#rule.shortHosts.includes(letter)) return 'host';
    return this.#rule.shortValues.includes(letter) ? 'skip' : undefined;
  }

  #report(pattern: string | undefined): void {
    if (pattern !== undefined) this.#sink.suspicious(pattern);
  }

  #target(text: string): void {
    const place = this.#targets++;
    if (text === '' || text.includes('://')) return;
    const targets = this.#rule.targets;
    if (targets === 'url') this.#urlTarget(text);
    else if (targets === 'first') {
      if (place === 0 && (this.#certain || isHostShaped(text))) readAuthority(text, 0, this.#sink);
    } else if (targets === 'each') readShaped(text, this.#sink);
    else this.#remoteTarget(text);
  }

  #urlTarget(text: string): void {
    if (text.includes('$') || text.includes('`')) this.#sink.host(UNREADABLE_HOST);
    else if (this.#certain || isHostShaped(text)) readWholeUrl(text, this.#certain, this.#sink);
  }

  /** `user@host:path` is found in any word; here the host stands alone before the colon. */
  #remoteTarget(text: string): void {
    const colon = text.indexOf(':');
    const slash = text.indexOf('/');
    if (colon < 1 || (slash !== -1 && slash < colon)) return;
    const host = text.slice(0, colon);
    if (isHostShaped(host) || (this.#rule.targets === 'copy' && host.length > 1)) readAuthority(text, 0, this.#sink);
  }
}

/** The hosts in a value like `host:443`, `http_proxy=host:80`, `::host:443`, `TCP:host:80`; at least one is taken to be there. */
export function readHosts(value: string, sink: UrlSink): void {
  if (value === '' || value.includes('://') || readShaped(value, sink)) return;
  readAuthority(value, 0, sink);
}

function readShaped(value: string, sink: UrlSink): boolean {
  let found = false;
  for (const piece of value.split(HOST_BREAKS)) {
    if (!isHostShaped(piece)) continue;
    found = true;
    readAuthority(piece, 0, sink);
  }
  return found;
}
