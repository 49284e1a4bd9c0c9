import type { Json } from '../../../domain/json.ts';
import { type BuiltinTable, countOperand, exactInteger, integerOperand, stringOperand } from './operands.ts';

const NS_PER_MS = 1_000_000n;
const NS_PER_SECOND = 1_000_000_000n;
/** OPA's times are signed 64-bit nanoseconds. */
const MAX_NS = 2n ** 63n - 1n;
const MIN_NS = -(2n ** 63n);
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:Z|([+-])(\d\d):(\d\d))$/;
const DURATION = /^[+-]?(?:\d+(?:ns|us|µs|μs|ms|s|m|h))+$/;
const DURATION_PART = /(\d+)(ns|us|µs|μs|ms|s|m|h)/g;
const UNIT_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: NS_PER_MS,
  s: NS_PER_SECOND,
  m: 60n * NS_PER_SECOND,
  h: 3600n * NS_PER_SECOND,
};

/** Clock and calendar in UTC. `time.now_ns` is the session's clock: the same again on replay. */
export const TIME_BUILTINS: BuiltinTable = {
  'time.now_ns': (_operands, context) => exactInteger(BigInt(context.nowMs) * NS_PER_MS),
  'time.parse_rfc3339_ns': (operands) => parseRfc3339(stringOperand(operands, 0)),
  'time.parse_duration_ns': (operands) => parseDuration(stringOperand(operands, 0)),
  'time.date': (operands) => {
    const { date } = instantOperand(operands);
    return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  },
  'time.clock': (operands) => {
    const { date } = instantOperand(operands);
    return [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  },
  'time.weekday': (operands) => WEEKDAYS[instantOperand(operands).date.getUTCDay()] as string,
  'time.add_date': addDate,
};

interface Instant {
  readonly date: Date;
  /** Nanoseconds past `date`, 0 … 999,999. */
  readonly restNs: bigint;
}

/** Nanoseconds, or `[nanoseconds, zone]` with a zone that is UTC: others would need a zone database of a fixed version. */
function instantOperand(operands: readonly Json[]): Instant {
  const first = operands[0];
  if (!Array.isArray(first)) return instantAt(integerOperand(operands, 0));
  const [, zone] = first as readonly Json[];
  if (zone !== '' && zone !== 'UTC') throw new RangeError('operand 1 names a time zone other than UTC');
  return instantAt(integerOperand(first as readonly Json[], 0));
}

function instantAt(ns: bigint): Instant {
  checkRange(ns);
  const restNs = ((ns % NS_PER_MS) + NS_PER_MS) % NS_PER_MS;
  return { date: new Date(Number((ns - restNs) / NS_PER_MS)), restNs };
}

function checkRange(ns: bigint): bigint {
  if (ns > MAX_NS || ns < MIN_NS) throw new RangeError('the time is out of range');
  return ns;
}

function addDate(operands: readonly Json[]): Json {
  const { date, restNs } = instantAt(integerOperand(operands, 0));
  // Out-of-range months and days carry over, as in Go's time.AddDate.
  const moved = Date.UTC(
    date.getUTCFullYear() + countOperand(operands, 1),
    date.getUTCMonth() + countOperand(operands, 2),
    date.getUTCDate() + countOperand(operands, 3),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    date.getUTCMilliseconds(),
  );
  if (Number.isNaN(moved)) throw new RangeError('the time is out of range');
  return exactInteger(checkRange(BigInt(moved) * NS_PER_MS + restNs));
}

function parseRfc3339(text: string): Json {
  const match = RFC3339.exec(text);
  if (match === null) throw new SyntaxError('operand 1 is not an RFC 3339 time');
  const [, year, month, day, hour, minute, second, fraction = '', sign = '+', zoneHour = '0', zoneMinute = '0'] = match;
  const fields = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(fields[0], fields[1] - 1, fields[2]);
  date.setUTCHours(fields[3], fields[4], fields[5]);
  // A field that carried over was none: month 13, 30 February, minute 60.
  if (date.toISOString().slice(0, 19) !== text.slice(0, 19)) throw new RangeError('operand 1 is no date that exists');
  if (Number(zoneHour) > 24 || Number(zoneMinute) > 59) throw new RangeError('operand 1 has no valid offset');
  const offset = BigInt(Number(zoneHour) * 3600 + Number(zoneMinute) * 60) * (sign === '-' ? -1n : 1n);
  const seconds = BigInt(date.getTime() / 1000) - offset;
  return exactInteger(checkRange(seconds * NS_PER_SECOND + BigInt(fraction.padEnd(9, '0'))));
}

/** Go's duration syntax without fractions (`1.5h` is refused: Go rounds it in floating point). */
function parseDuration(text: string): Json {
  if (text === '0' || text === '+0' || text === '-0') return 0;
  if (!DURATION.test(text)) throw new SyntaxError('operand 1 is not a duration in whole units');
  let total = 0n;
  for (const [, count, unit] of text.matchAll(DURATION_PART)) {
    total += BigInt(count as string) * (UNIT_NS[unit as string] as bigint);
  }
  return exactInteger(checkRange(text.startsWith('-') ? -total : total));
}
