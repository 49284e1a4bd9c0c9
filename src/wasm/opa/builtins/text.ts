import {
  type Builtin,
  type BuiltinTable,
  countOperand,
  exactInteger,
  integerOperand,
  stringOperand,
  stringsOperand,
} from './operands.ts';

/** Longest list that one call may make. */
const MAX_ITEMS = 100_000;
const HEX = /^(?:[0-9a-fA-F]{2})*$/;
const GLOB_SPECIAL = /[*?\\[\]{}]/g;

/** Text, encodings and number ranges, with Go's meaning: positions count code points, not UTF-16 units. */
export const TEXT_BUILTINS: BuiltinTable = {
  'hex.encode': (operands) => Buffer.from(stringOperand(operands, 0)).toString('hex'),
  'hex.decode': (operands) => decodeHex(stringOperand(operands, 0)),
  'base64url.encode_no_pad': (operands) => Buffer.from(stringOperand(operands, 0)).toString('base64url'),
  'urlquery.encode': (operands) => encodeQuery(stringOperand(operands, 0)),
  'urlquery.decode': (operands) => decodeQuery(stringOperand(operands, 0)),
  'glob.quote_meta': (operands) => stringOperand(operands, 0).replaceAll(GLOB_SPECIAL, '\\$&'),
  'strings.any_prefix_match': anyMatch((text, affix) => text.startsWith(affix)),
  'strings.any_suffix_match': anyMatch((text, affix) => text.endsWith(affix)),
  'strings.count': (operands) => countMatches(stringOperand(operands, 0), stringOperand(operands, 1)),
  indexof_n: (operands) => indexesOf(stringOperand(operands, 0), stringOperand(operands, 1)),
  'numbers.range_step': (operands) =>
    range(integerOperand(operands, 0), integerOperand(operands, 1), BigInt(countOperand(operands, 2))),
};

function anyMatch(matches: (text: string, affix: string) => boolean): Builtin {
  return (operands) => {
    const affixes = stringsOperand(operands, 1);
    return stringsOperand(operands, 0).some((text) => affixes.some((affix) => matches(text, affix)));
  };
}

function countMatches(text: string, part: string): number {
  // Go: the empty text lies between all code points and at both ends.
  return part === '' ? [...text].length + 1 : text.split(part).length - 1;
}

function indexesOf(text: string, part: string): number[] {
  if (part === '') throw new RangeError('operand 2 must not be empty');
  const found: number[] = [];
  let codePoints = 0;
  let from = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    codePoints += [...text.slice(from, at)].length;
    from = at;
    found.push(codePoints);
  }
  return found;
}

function range(first: bigint, last: bigint, step: bigint): (number | bigint)[] {
  if (step <= 0n) throw new RangeError('operand 3 must be positive');
  const distance = last > first ? last - first : first - last;
  if (distance / step >= MAX_ITEMS) throw new RangeError(`the range has more than ${MAX_ITEMS} items`);
  const items: (number | bigint)[] = [];
  const direction = last >= first ? step : -step;
  for (let i = 0n; i <= distance / step; i++) items.push(exactInteger(first + i * direction));
  return items;
}

function decodeHex(text: string): string {
  if (!HEX.test(text)) throw new SyntaxError('operand 1 is not hexadecimal');
  return utf8(Buffer.from(text, 'hex'));
}

/** Bytes that are no UTF-8 cannot come back as text: they are refused, not repaired. */
function utf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Go's url.QueryEscape: everything but letters, digits and `-_.~` escaped, a space as `+`. */
function encodeQuery(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

function decodeQuery(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new SyntaxError('operand 1 is not query-escaped UTF-8');
  }
}
