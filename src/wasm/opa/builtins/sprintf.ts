import { jsonText } from '../../../codec/json-text.ts';
import type { Json } from '../../../domain/json.ts';
import { arrayOperand, type BuiltinTable, stringOperand } from './operands.ts';

/** Longest text that a width or precision may ask for: one directive must not fill the memory. */
const MAX_PAD = 1_000;
/** Most digits after the point: one less than toFixed gives, so that the digit that rounds is seen. */
const MAX_DIGITS = 99;
const DIRECTIVE = /%([-+ 0#]*)(\d*)(?:\.(\d*))?([^\d.])?/gu;
const SHORT_EXPONENT = /e([+-])(\d)$/;
/** What stands behind the digits that are kept when both neighbours are equally near. */
const TIE = /^50*$/;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Flags, width and precision of one directive. */
interface Layout {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

/** The formatted text; undefined when the verb does not take such a value. */
type Formatter = (value: Json, layout: Layout) => string | undefined;

/**
 * Go's fmt directives as far as policies use them: `%v %s %d %x %X %o %b %f %t %q %%` with flags, width and precision,
 * and Go's texts for operands that are missing, left over or of the wrong kind. What is not built here throws: no message
 * is in silence another one than OPA's. One thing is not told apart: `1.0` counts as the integer 1.
 */
export const SPRINTF_BUILTINS: BuiltinTable = {
  sprintf: (operands) => sprintf(stringOperand(operands, 0), arrayOperand(operands, 1)),
};

function sprintf(format: string, values: readonly Json[]): string {
  let next = 0;
  const text = format.replace(DIRECTIVE, (_all, flags: string, width: string, precision?: string, verb?: string) => {
    if (verb === undefined) return '%!(NOVERB)';
    if (verb === '%') return '%';
    const formatter = FORMATTERS.get(verb);
    if (formatter === undefined || flags.includes('#')) throw notBuilt();
    const value = values[next++];
    if (value === undefined) return `%!${verb}(MISSING)`;
    const layout = { flags, width: padLength(width) ?? 0, precision: padLength(precision) };
    return formatter(value, layout) ?? wrongKind(verb, value, layout);
  });
  if (next >= values.length) return text;
  const spare = values.slice(next).map((value) => `${goType(value)}=${plain(value)}`);
  return `${text}%!(EXTRA ${spare.join(', ')})`;
}

const FORMATTERS: ReadonlyMap<string, Formatter> = new Map<string, Formatter>([
  ['v', formatAny],
  ['s', (value, layout) => (isNumber(value) && !isBig(value) ? undefined : padText(plain(value), layout))],
  ['q', quoted],
  ['t', () => undefined],
  ['d', integerIn(10, false)],
  ['b', integerIn(2, false)],
  ['o', integerIn(8, false)],
  ['x', integerIn(16, false)],
  ['X', integerIn(16, true)],
  ['f', (value, layout) => (typeof value === 'number' && !isInteger(value) ? floating(value, layout) : undefined)],
]);

function notBuilt(): RangeError {
  return new RangeError('operand 1 has a directive that is not built here');
}

/** Go formats the value once more inside the complaint, flags and all: only the plain case is worth having. */
function wrongKind(verb: string, value: Json, { flags, width, precision }: Layout): string {
  if (flags !== '' || width !== 0 || precision !== undefined) throw notBuilt();
  return `%!${verb}(${goType(value)}=${plain(value)})`;
}

/** As Rego prints it: strings bare, composites with `, ` and `: `; sets come as arrays and print as such. */
function plain(value: Json): string {
  if (typeof value === 'string') return value;
  return isNumber(value) ? shortest(value) : regoText(value);
}

function regoText(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(regoText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return jsonText(value);
  const members = Object.entries(value).map(([key, member]) => `${jsonText(key)}: ${regoText(member)}`);
  return `{${members.join(', ')}}`;
}

/** Go's `%v` of a number: shortest digits, an exponent from 1e21 up and below 1e-4, of at least two digits. */
function shortest(value: number | bigint): string {
  const small = typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-4;
  return (small ? value.toExponential() : String(value)).replace(SHORT_EXPONENT, 'e$10$2');
}

function formatAny(value: Json, layout: Layout): string {
  if (layout.flags.includes('+') || layout.flags.includes(' ')) throw notBuilt();
  if (!isNumber(value)) return padText(plain(value), layout);
  if (layout.precision !== undefined) throw notBuilt();
  return padNumber(shortest(value), layout);
}

function integerIn(radix: number, upperCase: boolean): Formatter {
  return (value, layout) => {
    if (!isNumber(value)) return radix === 16 ? hexOf(plain(value), upperCase, layout) : undefined;
    if (layout.precision !== undefined) throw notBuilt();
    // Of a fraction `%x` and `%b` show the bits.
    if (!isInteger(value)) {
      if (radix === 16 || radix === 2) throw notBuilt();
      return undefined;
    }
    const digits = BigInt(value).toString(radix);
    return padNumber(upperCase ? digits.toUpperCase() : digits, layout);
  };
}

function hexOf(text: string, upperCase: boolean, { flags, width, precision }: Layout): string {
  if (flags !== '' || width !== 0 || precision !== undefined) throw notBuilt();
  const digits = Buffer.from(text).toString('hex');
  return upperCase ? digits.toUpperCase() : digits;
}

function floating(value: number, layout: Layout): string {
  const precision = layout.precision ?? 6;
  if (Math.abs(value) >= 1e21 || precision > MAX_DIGITS) throw notBuilt();
  return padNumber(roundHalfEven(value, precision), layout);
}

/** Like toFixed, but of two equally near texts the even one, as Go does; a tie shows in the exact digits. */
function roundHalfEven(value: number, precision: number): string {
  const rounded = value.toFixed(precision);
  const exact = value.toFixed(100);
  const cut = exact.length - 100 + precision;
  if (!TIE.test(exact.slice(cut))) return rounded;
  const down = exact.slice(0, precision === 0 ? cut - 1 : cut);
  return Number(down.at(-1)) % 2 === 0 ? down : rounded;
}

/** Precision cuts, width pads; both count code points. */
function padText(text: string, { flags, width, precision }: Layout): string {
  const chars = [...text];
  const cut = precision === undefined ? text : chars.slice(0, precision).join('');
  const missing = width - Math.min(chars.length, precision ?? chars.length);
  if (missing <= 0) return cut;
  return flags.includes('-') ? cut + ' '.repeat(missing) : (flags.includes('0') ? '0' : ' ').repeat(missing) + cut;
}

function padNumber(digits: string, { flags, width }: Layout): string {
  const negative = digits.startsWith('-');
  const sign = negative ? '-' : positiveSign(flags);
  const body = negative ? digits.slice(1) : digits;
  const missing = Math.max(0, width - sign.length - body.length);
  if (flags.includes('-')) return sign + body + ' '.repeat(missing);
  return flags.includes('0') ? sign + '0'.repeat(missing) + body : ' '.repeat(missing) + sign + body;
}

function positiveSign(flags: string): string {
  if (flags.includes('+')) return '+';
  return flags.includes(' ') ? ' ' : '';
}

function quoted(value: Json, layout: Layout): string {
  // Of a number `%q` shows the character; beyond printable ASCII Go and JSON quote in different ways.
  if (isNumber(value) || layout.precision !== undefined) throw notBuilt();
  const text = plain(value);
  if (!PRINTABLE_ASCII.test(text)) throw notBuilt();
  return padText(jsonText(text), layout);
}

function isNumber(value: Json): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Integers beyond 2^53 come as bigint: a number out there was written with an exponent, and is a float to Go. */
function isInteger(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

/** Beyond 64 bits Go holds an integer as *big.Int, which `%s` takes. */
function isBig(value: number | bigint): boolean {
  return typeof value === 'bigint' && BigInt.asIntN(64, value) !== value;
}

function goType(value: Json): string {
  if (!isNumber(value)) return 'string';
  if (isBig(value)) return '*big.Int';
  return isInteger(value) ? 'int64' : 'float64';
}

function padLength(digits: string | undefined): number | undefined {
  if (digits === undefined) return undefined;
  const count = Number(digits);
  if (count > MAX_PAD) throw new RangeError(`operand 1 asks for more than ${MAX_PAD} characters of padding`);
  return count;
}
