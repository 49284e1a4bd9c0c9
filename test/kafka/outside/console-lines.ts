import type { OutsideRecord } from './outside-record.ts';

/** Between fields and between headers: what `Bytes.toString` never prints unescaped. */
export const FIELD_SEPARATOR = '\x01';
export const HEADER_SEPARATOR = '\x02';

const ESCAPED = /\\x([0-9A-F]{2})/g;
const FRONT = /^(?:CreateTime|LogAppendTime):(-?\d+) Partition:(\d+) Offset:(\d+)$/;

/**
 * Reads what Kafka's console consumer printed: time, partition, offset, headers, key, value in this order, bytes in the
 * text form of Kafka's `Bytes` (printable ASCII but the backslash as it is, everything else `\xNN`). `nullText` stands for null.
 */
export function readConsoleLines(text: string, nullText: string): OutsideRecord[] {
  // The tool's log goes the same way; a line of it has no separators.
  const lines = text.split('\n').filter((line) => line.includes(FIELD_SEPARATOR));
  return lines.map((line) => recordFrom(line, nullText));
}

function recordFrom(line: string, nullText: string): OutsideRecord {
  const [time, partition, offset, headers, key, value, ...more] = line.split(FIELD_SEPARATOR);
  const front = FRONT.exec(`${time} ${partition} ${offset}`);
  const isWhole = headers !== undefined && key !== undefined && value !== undefined && more.length === 0;
  if (front === null || !isWhole) throw new Error(`no record: ${line.slice(0, 200)}`);
  return {
    timestampMs: Number(front[1]),
    partition: Number(front[2]),
    offset: Number(front[3]),
    key: bytesFrom(key, nullText),
    value: bytesFrom(value, nullText),
    headers: headersFrom(headers, nullText),
  };
}

function bytesFrom(text: string, nullText: string): Buffer | null {
  if (text === nullText) return null;
  return Buffer.from(
    text.replace(ESCAPED, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  );
}

function headersFrom(text: string, nullText: string): ReadonlyMap<string, string> {
  if (text === 'NO_HEADERS') return new Map();
  const entries = text.split(HEADER_SEPARATOR).map((header): [string, string] => {
    const colon = header.indexOf(':');
    return [header.slice(0, colon), String(bytesFrom(header.slice(colon + 1), nullText) ?? '')];
  });
  return new Map(entries);
}
