import type { OutsideRecord } from './outside-record.ts';

const SPACE = 0x20;
const MINUS = 0x2d;
const ZERO = 0x30;
const NUMBERS = 5;
/** What a header's name may be, so that the text of several headers can be told apart. */
const HEADER_START = /(?:^|,)([A-Za-z0-9_.-]+)=/g;
const NO_HEADERS: ReadonlyMap<string, string> = new Map();
const NO_BYTES = Buffer.alloc(0);

/**
 * The format for `kcat -f`: each record begins with a boundary that nobody can have foreseen, then partition, offset,
 * timestamp and the lengths of key and value (−1: null), headers up to the boundary once more, key and value: so that bytes of
 * any kind are safe, and a record's end is known before the next one comes.
 */
export function kcatFormat(boundary: string): string {
  return `${boundary} %p %o %T %K %S %h ${boundary} %k%s\\n`;
}

/** The same frames of records whose place and time is all that is wanted. */
export function kcatPlaceFormat(boundary: string): string {
  return `${boundary} %p %o %T -1 -1  ${boundary} \\n`;
}

/** Reads what kcat printed in `kcatFormat`. Throws for anything else. */
export function readKcatFrames(bytes: Buffer, boundary: string): OutsideRecord[] {
  const records: OutsideRecord[] = [];
  const frames = new KcatFrames(boundary, (record) => records.push(record));
  frames.push(bytes);
  frames.end();
  return records;
}

/** Takes what kcat prints in `kcatFormat` as it comes, and hands on each record that is whole. */
export class KcatFrames {
  readonly #start: Buffer;
  readonly #middle: Buffer;
  readonly #onRecord: (record: OutsideRecord) => void;
  readonly #numbers: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  #rest: Buffer = NO_BYTES;

  constructor(boundary: string, onRecord: (record: OutsideRecord) => void) {
    this.#start = Buffer.from(`${boundary} `);
    this.#middle = Buffer.from(` ${boundary} `);
    this.#onRecord = onRecord;
  }

  /** Throws where something else than a record begins. The records' bytes are those of the chunk where they can be. */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let end = this.#recordAt(bytes, at); end >= 0; end = this.#recordAt(bytes, at)) at = end;
    this.#rest = at === bytes.length ? NO_BYTES : bytes.subarray(at);
  }

  /** Throws when a record is not whole. */
  end(): void {
    if (this.#rest.length > 0) throw new Error(`a record is cut off after ${this.#rest.length} bytes`);
  }

  /** Where the record ends that begins here; −1: not yet. */
  #recordAt(bytes: Buffer, at: number): number {
    const start = this.#start;
    if (bytes.length < at + start.length) return -1;
    if (bytes.compare(start, 0, start.length, at, at + start.length) !== 0) throw new Error(`no record at byte ${at}`);
    const headersStart = this.#readNumbers(bytes, at + start.length);
    if (headersStart < 0) return -1;
    // The blank before the boundary may be the one that ends the numbers, when there are no headers.
    const headersEnd = bytes.indexOf(this.#middle, headersStart);
    if (headersEnd < 0) return -1;
    const [partition, offset, timestampMs, keyLength, valueLength] = this.#numbers;
    const keyStart = headersEnd + this.#middle.length;
    const valueStart = keyStart + Math.max(keyLength, 0);
    const valueEnd = valueStart + Math.max(valueLength, 0);
    if (bytes.length <= valueEnd) return -1;
    this.#onRecord({
      partition,
      offset,
      timestampMs,
      key: keyLength < 0 ? null : bytes.subarray(keyStart, valueStart),
      value: valueLength < 0 ? null : bytes.subarray(valueStart, valueEnd),
      headers: readHeaders(bytes.toString('utf8', headersStart, headersEnd)),
    });
    return valueEnd + 1;
  }

  /** Where the numbers end; −1: not yet. */
  #readNumbers(bytes: Buffer, start: number): number {
    let at = start;
    for (let n = 0; n < NUMBERS; n++) {
      const isNegative = bytes[at] === MINUS;
      if (isNegative) at++;
      let number = 0;
      for (; bytes[at] !== SPACE; at++) {
        if (at >= bytes.length) return -1;
        number = 10 * number + (bytes[at] as number) - ZERO;
      }
      this.#numbers[n] = isNegative ? -number : number;
      at++;
    }
    return at;
  }
}

/** `name=value,name=value`: a comma inside a value is part of it unless what follows looks like a header's start. */
function readHeaders(text: string): ReadonlyMap<string, string> {
  if (text === '') return NO_HEADERS;
  const headers = new Map<string, string>();
  const starts = [...text.matchAll(HEADER_START)];
  for (const [index, match] of starts.entries()) {
    const end = starts[index + 1]?.index ?? text.length;
    headers.set(match[1] as string, text.slice(match.index + match[0].length, end));
  }
  return headers;
}
