/** Patterns that are denied whatever else stands there, in the order in which the first one found is named. */
const BLOCKED = ['nc ', 'netcat ', '/dev/tcp/', 'ncat ', '/dev/udp/'];

/** Suspicious patterns that are found as such in the text (lower case), with the name they are reported under. */
const SUSPICIOUS_TEXTS: readonly (readonly [string, string])[] = [
  ['| bash', '| bash'],
  ['| sh', '| sh'],
  ['curl -x post', 'curl -X POST'],
  ['wget --post', 'wget --post'],
  ['base64 -d', 'base64 -d'],
];
/** The order of report: car-policy's own patterns first, then those it does not know, as they were found. */
const FIRST = SUSPICIOUS_TEXTS.map(([, name]) => name);

const WORD_PART = /[\p{L}\p{N}_.-]/u;
const WHITE_SPACE = /\s/;

/** Takes the patterns that are found. */
export interface PatternSink {
  blocked(pattern: string): void;
  suspicious(pattern: string): void;
}

/**
 * Looks for patterns in a text as it stands, quotes and all: what car-policy 0.13 does (section 4.2), in any case, with any
 * white space, and with `nc` only as a word of its own. What a shell would make of the text is `command-scan.ts`'s part.
 * Linear in the text.
 */
export function findPatterns(text: string, sink: PatternSink): void {
  const lower = text.toLowerCase();
  if (hasProgram(lower, 'nc', true)) sink.blocked('nc ');
  if (hasProgram(lower, 'netcat', false)) sink.blocked('netcat ');
  if (lower.includes('/dev/tcp/')) sink.blocked('/dev/tcp/');
  if (lower.includes('/dev/udp/')) sink.blocked('/dev/udp/');
  for (const [pattern, name] of SUSPICIOUS_TEXTS) if (lower.includes(pattern)) sink.suspicious(name);
  if (hasHiddenCharacters(text)) sink.suspicious("$'\\");
}

/** True when the name stands before a blank (or what a shell makes one), quotes between them or not. */
function hasProgram(lower: string, name: string, ownWord: boolean): boolean {
  for (let at = lower.indexOf(name); at !== -1; at = lower.indexOf(name, at + name.length)) {
    if (ownWord && at > 0 && isWordPart(lower.charAt(at - 1))) continue;
    let end = at + name.length;
    while (end < lower.length && '\'"\\'.includes(lower.charAt(end))) end++;
    if (end < lower.length && isBlank(lower, end)) return true;
  }
  return false;
}

/** `func x`, `data.nc x`, `-nc x` have `nc` inside another word. */
function isWordPart(character: string): boolean {
  return WORD_PART.test(character);
}

function isBlank(text: string, at: number): boolean {
  return WHITE_SPACE.test(text.charAt(at)) || text.startsWith('$ifs', at) || text.startsWith('${ifs', at);
}

const HIDDEN = /\$'[^']{0,64}\\[xu0-7]/;

/** bash's `$'\x6e'` spells any word without its letters. */
function hasHiddenCharacters(text: string): boolean {
  return text.includes("$'") && HIDDEN.test(text);
}

/*
 * Owns the patterns found in one event. Invariants:
 * 1. `blocked` is the first of BLOCKED that was found, not the first in the text.
 * 2. A way of sending data with curl is named once: `curl -X …` stands for the flags beside it.
 */
export class FoundPatterns implements PatternSink {
  #blocked = BLOCKED.length;
  readonly #suspicious = new Set<string>();

  blocked(pattern: string): void {
    const place = BLOCKED.indexOf(pattern);
    if (place !== -1) this.#blocked = Math.min(this.#blocked, place);
  }

  suspicious(pattern: string): void {
    this.#suspicious.add(pattern);
  }

  get blockedPattern(): string | undefined {
    return BLOCKED[this.#blocked];
  }

  /** In the order of report. */
  suspiciousPatterns(): readonly string[] {
    if (this.#suspicious.size < 2) return [...this.#suspicious];
    const first = FIRST.filter((name) => this.#suspicious.has(name));
    const rest = [...this.#suspicious].filter((name) => !FIRST.includes(name));
    const found = [...first, ...rest];
    return found.some((name) => name.startsWith('curl -X')) ? found.filter((name) => !isCurlFlag(name)) : found;
  }
}

function isCurlFlag(name: string): boolean {
  return name === 'curl -d' || name === 'curl -F' || name === 'curl -T';
}
