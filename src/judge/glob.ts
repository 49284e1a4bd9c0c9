import { TollgateError } from '../domain/errors.ts';

/** One name, or a test for many. */
export type Glob =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'pattern'; matches(text: string): boolean };

const ANY_RUN = -1;
const ANY_UNIT = -2;
/** Other dialects give these a meaning. Taken as literals they would make rules that quietly match nothing. */
const FOREIGN = new Set(['[', ']', '{', '}', '(', ')', '|']);

/**
 * Compiles a glob over names: `*` is any run of characters (also none, also `/` and `.`), `?` one UTF-16 unit, `\` takes
 * the next character literally; case counts. Brackets, braces, parentheses, `|` and a leading `!` are refused with a
 * TollgateError (`config_invalid`; `where` is the key at fault).
 *
 * Own code, since names come from outside: a regular expression made from a glob (picomatch) backtracks with a power of
 * the name's length for each `*`; this takes at most pattern × name steps.
 */
export function compileGlob(pattern: string, where: string): Glob {
  const units = parseGlob(pattern, where);
  if (!units.includes(ANY_RUN) && !units.includes(ANY_UNIT)) {
    return { kind: 'name', name: String.fromCharCode(...units) };
  }
  const compiled = Int32Array.from(units);
  return { kind: 'pattern', matches: (text) => matchUnits(compiled, text) };
}

function parseGlob(pattern: string, where: string): number[] {
  if (pattern.startsWith('!')) throw refusedGlob(pattern, where, '!');
  const units: number[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (FOREIGN.has(char)) throw refusedGlob(pattern, where, char);
    if (char === '*') units.push(ANY_RUN);
    else if (char === '?') units.push(ANY_UNIT);
    else if (char !== '\\') units.push(pattern.charCodeAt(i));
    else if (++i < pattern.length) units.push(pattern.charCodeAt(i));
    else throw refusedGlob(pattern, where, '\\ at the end');
  }
  return units;
}

/** Greedy with one point of return: when all else fails, the latest `*` takes one unit more. */
function matchUnits(pattern: Int32Array, text: string): boolean {
  let p = 0;
  let t = 0;
  let runAt = -1;
  let runEnd = 0;
  while (t < text.length) {
    const unit = pattern[p];
    if (unit === ANY_RUN) {
      runAt = p++;
      runEnd = t;
    } else if (unit === ANY_UNIT || unit === text.charCodeAt(t)) {
      p++;
      t++;
    } else if (runAt >= 0) {
      p = runAt + 1;
      t = ++runEnd;
    } else return false;
  }
  while (pattern[p] === ANY_RUN) p++;
  return p === pattern.length;
}

function refusedGlob(pattern: string, where: string, what: string): TollgateError {
  return new TollgateError('config_invalid', `${JSON.stringify(pattern)}: ${what} has no meaning in this glob`, {
    where,
    next: 'use * and ?, list alternatives one by one, or write \\ before the character to mean itself',
  });
}
