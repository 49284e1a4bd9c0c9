/** The latest instant of ECMAScript's time range, milliseconds since the epoch (ECMA-262, "Time Values and Time Range"). */
const MAX_TIME_MS = 8.64e15;

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * RFC 3339, section 5.6, with its note that `T` and `Z` may be lower case; the separator is never a space. Fields are
 * in range for every month and a leap second (`:60`) is no match. Linear: no two parts can match the same character.
 */
const RFC_3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * An `occurred_at` in milliseconds since the epoch: an RFC 3339 string (fractions cut off after the millisecond) or a
 * whole number of milliseconds. Undefined for anything else, for a day that no calendar has, and before 1970.
 */
export function parseTime(value: string | number): number | undefined {
  const ms = typeof value === 'string' ? parseRfc3339(value) : value;
  if (ms === undefined || !Number.isInteger(ms) || ms < 0 || ms > MAX_TIME_MS) return undefined;
  // −0 is a whole number that is not below zero.
  return ms + 0;
}

function parseRfc3339(text: string): number | undefined {
  if (!RFC_3339.test(text)) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (day > 28 && day > daysInMonth(year, month)) return undefined;
  const time = digits(text, 11, 2) * HOUR_MS + digits(text, 14, 2) * MINUTE_MS + digits(text, 17, 2) * SECOND_MS;
  return daysSinceEpoch(year, month, day) * DAY_MS + time + fractionMs(text) - offsetMs(text);
}

/** Milliseconds of the fraction that may follow the seconds. */
function fractionMs(text: string): number {
  if (text.charCodeAt(19) !== 0x2e) return 0;
  let ms = 0;
  let unit = 100;
  for (let at = 20; unit >= 1; at++, unit /= 10) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) break;
    ms += digit * unit;
  }
  return ms;
}

/** What the zone at the end adds to UTC. */
function offsetMs(text: string): number {
  const sign = text.charCodeAt(text.length - 6);
  if (text.charCodeAt(text.length - 3) !== 0x3a || (sign !== 0x2b && sign !== 0x2d)) return 0;
  const offset = digits(text, text.length - 5, 2) * HOUR_MS + digits(text, text.length - 2, 2) * MINUTE_MS;
  return sign === 0x2d ? -offset : offset;
}

function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) value = value * 10 + text.charCodeAt(at) - 0x30;
  return value;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01, Gregorian calendar. Years that begin in March keep the leap day at their end. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + dayOfYear - 719468;
}
