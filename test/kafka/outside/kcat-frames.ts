import type { OutsideRecord } from './outside-record.ts';

const SPACE = 0x20;
const NUMBERS = 5;
/** What a header's name may be, so that the text of several headers can be told apart. */
const HEADER_START = /(?:^|,)([A-Za-z0-9_.-]+)=/g;

/**
 * The format for `kcat -f`: each record begins with a boundary that nobody can have foreseen, then partition, offset,
 * timestamp and the lengths of key and value (−1: null), so that bytes of any kind are safe.
 */
export function kcatFormat(boundary: string): string {
  return `${boundary} %p %o %T %K %S %k%s%h\\n`;
}

/** Reads what kcat printed in `kcatFormat`. Throws for anything else. */
export function readKcatFrames(bytes: Buffer, boundary: string): OutsideRecord[] {
  const start = Buffer.from(`${boundary} `);
  const next = Buffer.from(`\n${boundary} `);
  const records: OutsideRecord[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.compare(start, 0, start.length, at, at + start.length) !== 0) throw new Error(`no record at byte ${at}`);
    const { numbers, end } = numbersAt(bytes, at + start.length);
    const [partition, offset, timestampMs, keyLength, valueLength] = numbers as [
      number,
      number,
      number,
      number,
      number,
    ];
    const valueStart = end + Math.max(keyLength, 0);
    const headersStart = valueStart + Math.max(valueLength, 0);
    const found = bytes.indexOf(next, headersStart);
    const headersEnd = found < 0 ? bytes.length - 1 : found;
    if (headersEnd < headersStart) throw new Error(`the record at byte ${at} is cut off`);
    records.push({
      partition,
      offset,
      timestampMs,
      key: keyLength < 0 ? null : bytes.subarray(end, valueStart),
      value: valueLength < 0 ? null : bytes.subarray(valueStart, headersStart),
      headers: readHeaders(bytes.toString('utf8', headersStart, headersEnd)),
    });
    at = headersEnd + 1;
  }
  return records;
}

function numbersAt(bytes: Buffer, start: number): { readonly numbers: readonly number[]; readonly end: number } {
  const numbers: number[] = [];
  let at = start;
  while (numbers.length < NUMBERS) {
    const end = bytes.indexOf(SPACE, at);
    if (end < 0) throw new Error(`no record at byte ${start}`);
    numbers.push(Number(bytes.toString('latin1', at, end)));
    at = end + 1;
  }
  return { numbers, end: at };
}

/** `name=value,name=value`: a comma inside a value is part of it unless what follows looks like a header's start. */
function readHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  if (text === '') return headers;
  const starts = [...text.matchAll(HEADER_START)];
  for (const [index, match] of starts.entries()) {
    const end = starts[index + 1]?.index ?? text.length;
    headers.set(match[1] as string, text.slice(match.index + match[0].length, end));
  }
  return headers;
}
