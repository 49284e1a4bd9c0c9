import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';

/** What the nearest member name says about a text. */
export interface TextRole {
  /** The text is (or may be) a URL or a host without a scheme. */
  readonly url: boolean;
  /** The text names a host even when it has one label. */
  readonly hostName: boolean;
  /** The text is (or may be) a command. */
  readonly command: boolean;
}

/** A text without a member name: a bare string, or an array's item. */
export const BARE: TextRole = { url: true, hostName: false, command: true };
const OTHER: TextRole = { url: false, hostName: false, command: false };

/** Takes the texts of a call's arguments. */
export interface TextReader {
  text(text: string, role: TextRole): void;
  /** A member's name. */
  name(text: string): void;
  /** Strings that together are one command line. */
  argv(words: readonly string[]): void;
}

const HOST_NAMES = /^(?:host|hostname|server|domain|remote_?host|proxy)$/;
const URL_START = /^(?:url|uri|href|host|link|endpoint|domain|server|site|origin|webhook|proxy|address|target|remote)/;
const URL_END =
  /(?:urls?|uris?|href|hosts?|hostname|links?|endpoints?|domains?|servers?|sites?|origin|webhooks?|proxy|address|target|remote)$/;
const COMMAND =
  /(?:commands?|cmds?|cmdline|command_?line|scripts?|code|shell|exec|run|program|executable|input|args|argv|arguments)$/;
const BLANKS = /\s+/;
/** Each is a command by its name: an object without a command has none of them. */
const PROGRAM_KEYS = ['command', 'cmd', 'program', 'executable'];
const ARGUMENT_KEYS = ['args', 'argv', 'arguments', 'params'];
/** Longer names are no keyword of these lists, and would only cost time. */
const MAX_KEYWORD = 64;

const ROLES = [false, true].flatMap((url) =>
  [false, true].flatMap((hostName) => [false, true].map((command) => Object.freeze({ url, hostName, command }))),
);

/*
 * Owns a memo of member names. Invariants:
 * 1. It never holds more than MEMO_NAMES names, none longer than MAX_KEYWORD.
 * 2. It changes no answer: a role follows from the name alone.
 */
const MEMO_NAMES = 1024;
const memo = new Map<string, TextRole>();

/** What a member's name says about its texts. */
function roleOf(name: string): TextRole {
  if (name.length > MAX_KEYWORD) return OTHER;
  const known = memo.get(name);
  if (known !== undefined) return known;
  if (memo.size >= MEMO_NAMES) memo.clear();
  const role = readRole(name.toLowerCase());
  memo.set(name, role);
  return role;
}

function readRole(lower: string): TextRole {
  const url = URL_START.test(lower) || URL_END.test(lower);
  const hostName = HOST_NAMES.test(lower);
  const command = url || COMMAND.test(lower);
  return ROLES[(url ? 4 : 0) + (hostName ? 2 : 0) + (command ? 1 : 0)] ?? OTHER;
}

/** Gives the reader every string of a value, whatever holds it, and every member name. Recursive: the codec bounds depth. */
export function readTexts(value: Json, role: TextRole, reader: TextReader): void {
  if (typeof value === 'string') reader.text(value, role);
  else if (isArray(value)) readItems(value, role, reader);
  else if (isJsonObject(value)) readMembers(value, reader);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function readItems(items: readonly Json[], role: TextRole, reader: TextReader): void {
  for (const item of items) readTexts(item, role, reader);
  if (role.command && items.length > 1 && areTexts(items)) reader.argv(items);
}

function areTexts(items: readonly Json[]): items is readonly string[] {
  return items.every((item) => typeof item === 'string');
}

function readMembers(object: JsonObject, reader: TextReader): void {
  let mayRun = false;
  // Objects of JSON inherit nothing, and name no member `__proto__`: see `JsonObject`.
  for (const name in object) {
    reader.name(name);
    const role = roleOf(name);
    readTexts(object[name] ?? null, role, reader);
    mayRun ||= role.command;
  }
  const argv = mayRun ? splitCommand(object) : undefined;
  if (argv !== undefined) reader.argv(argv);
}

/** `{command: "nc", args: ["evil", "1"]}` is one command in two members. */
function splitCommand(object: JsonObject): readonly string[] | undefined {
  const program = memberOf(object, PROGRAM_KEYS);
  if (typeof program !== 'string') return undefined;
  const rest = memberOf(object, ARGUMENT_KEYS);
  if (rest === undefined) return undefined;
  if (typeof rest === 'string') return [program, ...rest.split(BLANKS)];
  return isArray(rest) && areTexts(rest) ? [program, ...rest] : undefined;
}

function memberOf(object: JsonObject, names: readonly string[]): Json | undefined {
  for (const name of names) if (Object.hasOwn(object, name)) return object[name];
  return undefined;
}
