/** A JSON value, read without the engine's parser; integers that a double may not hold keep their digits. */
export type OutsideJson =
  | null
  | boolean
  | string
  | number
  | bigint
  | readonly OutsideJson[]
  | ReadonlyMap<string, OutsideJson>;

/** What was read, and what is wrong with it although JSON's grammar allows it (depth, doubled names …). */
export interface Reading {
  readonly value: OutsideJson;
  readonly faults: ReadonlySet<string>;
  /** Members of the outermost object as they came, doubled ones too. */
  readonly members: readonly (readonly [string, OutsideJson])[];
}

/** The bounds of a document (contract section 1). */
export interface ReadingLimits {
  readonly maxJsonDepth: number;
  readonly maxJsonValues: number;
}

const BLANKS = ' \t\n\r';
const STRING = /"[^"\\]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\]*)*"/y;
const CONTROL = /\p{Cc}/u;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const INTEGER = /^-?\d+$/;
const NONZERO = /^-?[0.]*[1-9]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Deeper documents are refused anyway, and would only cost stack. */
const HARD_DEPTH = 500;

/** Reads a JSON text that was valid UTF-8 by RFC 8259, one value and nothing behind it. Undefined for what is no JSON, or deeper than 500 levels. */
export function readStrictJson(text: string, limits: ReadingLimits): Reading | undefined {
  const parser = new Parser(text, limits);
  try {
    const value = parser.document();
    return { value, faults: parser.faults, members: parser.members };
  } catch (thrown) {
    if (thrown instanceof NoJson) return undefined;
    throw thrown;
  }
}

class NoJson extends Error {}

class Parser {
  readonly faults = new Set<string>();
  readonly members: [string, OutsideJson][] = [];
  readonly #text: string;
  readonly #limits: ReadingLimits;
  readonly #hasControls: boolean;
  #at = 0;
  #values = 0;

  constructor(text: string, limits: ReadingLimits) {
    this.#text = text;
    this.#hasControls = CONTROL.test(text);
    this.#limits = limits;
  }

  document(): OutsideJson {
    const value = this.#value(0);
    this.#blanks();
    if (this.#at !== this.#text.length) throw new NoJson();
    if (this.#values > this.#limits.maxJsonValues) this.faults.add('too_many_values');
    return value;
  }

  #value(depth: number): OutsideJson {
    this.#values++;
    this.#blanks();
    const first = this.#text[this.#at];
    if (first === '{' || first === '[') {
      if (depth >= this.#limits.maxJsonDepth) this.faults.add('too_deep');
      if (depth > HARD_DEPTH) throw new NoJson();
      return first === '{' ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    if (first === '"') return this.#string();
    const word = this.#match(WORD);
    if (word !== undefined) return word === 'null' ? null : word === 'true';
    return this.#number();
  }

  #object(depth: number): ReadonlyMap<string, OutsideJson> {
    const object = new Map<string, OutsideJson>();
    this.#at++;
    if (this.#takes('}')) return object;
    do {
      this.#blanks();
      const name = this.#string();
      if (!this.#takes(':')) throw new NoJson();
      const value = this.#value(depth);
      if (object.has(name)) this.faults.add('duplicate_key');
      if (name === '__proto__') this.faults.add('forbidden_key');
      object.set(name, value);
      if (depth === 1) this.members.push([name, value]);
    } while (this.#takes(','));
    if (!this.#takes('}')) throw new NoJson();
    return object;
  }

  #array(depth: number): readonly OutsideJson[] {
    const items: OutsideJson[] = [];
    this.#at++;
    if (this.#takes(']')) return items;
    do items.push(this.#value(depth));
    while (this.#takes(','));
    if (!this.#takes(']')) throw new NoJson();
    return items;
  }

  #string(): string {
    const literal = this.#match(STRING);
    if (literal === undefined) throw new NoJson();
    const isPlain = !literal.includes('\\') && !(this.#hasControls && CONTROL.test(literal));
    if (isPlain) return literal.slice(1, -1);
    const text = unescaped(literal);
    if (LONE_SURROGATE.test(text)) this.faults.add('lone_surrogate');
    return text;
  }

  #number(): number | bigint {
    const token = this.#match(NUMBER);
    if (token === undefined || token === '') throw new NoJson();
    const value = Number(token);
    const isLost = !Number.isFinite(value) || (value === 0 && NONZERO.test(token));
    if (isLost) this.faults.add('number_out_of_range');
    return !isLost && INTEGER.test(token) && !Number.isSafeInteger(value) ? BigInt(token) : value;
  }

  #takes(sign: string): boolean {
    this.#blanks();
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #blanks(): void {
    while (BLANKS.includes(this.#text[this.#at] ?? '-')) this.#at++;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }
}

/** A string literal as text. The engine refuses control characters, of which `CONTROL` names more than JSON does. */
function unescaped(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    throw new NoJson();
  }
}

/**
 * The form of RFC 8785: no blanks, members sorted by UTF-16 code units, numbers and strings as ECMAScript writes them; a long
 * integer by its digits, of which that RFC says nothing.
 */
export function canonicalText(value: OutsideJson): string {
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof Map) {
    const names = [...(value as ReadonlyMap<string, OutsideJson>).keys()].sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value.get(name))}`).join(',')}}`;
  }
  return `[${(value as readonly OutsideJson[]).map(canonicalText).join(',')}]`;
}
