import { jsonText } from '../../../codec/json-text.ts';
import type { Json } from '../../../domain/json.ts';
import { arrayOperand, type BuiltinTable, stringOperand } from './operands.ts';

/** Longest text that a width or precision may ask for: one directive must not fill the memory. */
const MAX_PAD = 1_000;
/** Most digits after the point: one less than toFixed gives, so that the digit that rounds is seen. */
const MAX_DIGITS = 99;
const DIRECTIVE = /%([-+ 0#]*)(\d*)(?:\.(\d*))?([^\d.])?/gu;

const SHORT_EXPONENT = /e([+-])(\d)$/;
const TIE = /^50*$/;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Flags, width and precision of one directive. */
interface Layout {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

type Formatter = (value: Json, layout: Layout) => string | undefined;

/**
 * Go's fmt directives as far as policies use them: `%v %s %d %x %X %o %b %f %F %t %q %%` with flags, width and
 * precision. An operand that does not fit its verb, a missing or a spare one give Go's `%!d(string=…)` texts; a verb that
 * is not built here throws, so that no message is silently another one than OPA's.
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
    if (formatter === undefined) throw new RangeError('operand 1 has a formatting verb that is not built here');
    const value = values[next++];
    if (value === undefined) return `%!${verb}(MISSING)`;
    const layout = { flags, width: length(width) ?? 0, precision: length(precision) };
    return formatter(value, layout) ?? `%!${verb}(${goType(value)}=${plain(value)})`;
  });
  if (next >= values.length) return text;
  const spare = values.slice(next).map((value) => `${goType(value)}=${plain(value)}`);
  return `${text}%!(EXTRA ${spare.join(', ')})`;
}

const FORMATTERS: ReadonlyMap<string, Formatter> = new Map<string, Formatter>([
  ['v', formatAny],
  ['s', (value, layout) => (isNumber(value) && !isBig(value) ? undefined : padText(plain(value), layout))],
  ['q', (value, layout) => (isNumber(value) ? undefined : quoted(plain(value), layout))],
  ['t', () => undefined],
  ['d', integerIn(10, false)],
  ['b', integerIn(2, false)],
  ['o', integerIn(8, false)],
  ['x', integerIn(16, false)],
  ['X', integerIn(16, true)],
  ['f', (value, layout) => (isNumber(value) ? floating(value, layout) : undefined)],
  ['F', (value, layout) => (isNumber(value) ? floating(value, layout) : undefined)],
]);

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
  const text = String(value);
  if (typeof value === 'bigint' || Number.isInteger(value)) return twoDigitExponent(text);
  return twoDigitExponent(Math.abs(value) < 1e-4 ? value.toExponential() : text);
}

function twoDigitExponent(text: string): string {
  return text.replace(SHORT_EXPONENT, 'e$10$2');
}

function formatAny(value: Json, layout: Layout): string | undefined {
  if (!isNumber(value)) return padText(plain(value), layout);
  if (layout.precision !== undefined) throw new RangeError('operand 1 gives %v of a number a precision');
  return padNumber(shortest(value), layout);
}

function integerIn(radix: number, upperCase: boolean): Formatter {
  return (value, layout) => {
    if (typeof value === 'string' && radix === 16)
      return padText(hexOf(value, upperCase), { ...layout, precision: undefined });
    if (!isNumber(value) || (typeof value === 'number' && !Number.isInteger(value))) return undefined;
    if (layout.flags.includes('#') || layout.precision !== undefined) {
      throw new RangeError('operand 1 gives an integer a flag or precision that is not built here');
    }
    const digits = BigInt(value).toString(radix);
    return padNumber(upperCase ? digits.toUpperCase() : digits, layout);
  };
}

function hexOf(text: string, upperCase: boolean): string {
  const digits = Buffer.from(text).toString('hex');
  return upperCase ? digits.toUpperCase() : digits;
}

function floating(value: number | bigint, layout: Layout): string {
  const number = Number(value);
  const precision = layout.precision ?? 6;
  if (Math.abs(number) >= 1e21 || precision > MAX_DIGITS) throw new RangeError('a number is too long for %f');
  return padNumber(roundHalfEven(number, precision), layout);
}

/** Like toFixed, but of two equally near texts the even one, as Go does; a tie shows in the exact digits. */
function roundHalfEven(number: number, precision: number): string {
  const rounded = number.toFixed(precision);
  const exact = number.toFixed(100);
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

function quoted(text: string, layout: Layout): string {
  // Go and JSON quote printable ASCII alike; of the rest they differ.
  if (!PRINTABLE_ASCII.test(text)) throw new RangeError('%q of text beyond printable ASCII is not built here');
  return padText(jsonText(text), layout);
}

function isNumber(value: Json): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Beyond 64 bits Go holds an integer as *big.Int, which `%s` takes. */
function isBig(value: number | bigint): boolean {
  return typeof value === 'bigint' && BigInt.asIntN(64, value) !== value;
}

function goType(value: Json): string {
  if (!isNumber(value)) return 'string';
  if (isBig(value)) return '*big.Int';
  return typeof value === 'bigint' || Number.isInteger(value) ? 'int64' : 'float64';
}

function length(digits: string | undefined): number | undefined {
  if (digits === undefined) return undefined;
  const count = Number(digits);
  if (count > MAX_PAD) throw new RangeError(`operand 1 asks for more than ${MAX_PAD} characters of padding`);
  return count;
}
