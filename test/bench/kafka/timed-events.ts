import { makeWorkload } from '../workload.ts';

/** Digits of a moment in microseconds (`clock.ts`), and of an event's number: fixed, so that they can be put in place. */
const MOMENT_DIGITS = 16;
const NUMBER_DIGITS = 9;
const ID = `t${'0'.repeat(MOMENT_DIGITS)}-${'0'.repeat(NUMBER_DIGITS)}`;
const ID_MEMBER = Buffer.from('"event_id":"t');
const EVENT_ID = /"event_id":"[^"]*"/;
const OCCURRED_AT = /"occurred_at":\d{13}/;
const OCCURRED_AT_MEMBER = '"occurred_at":';
const TIME_DIGITS = 13;
/** Events whose texts are made beforehand; after the last comes the first again, with another id. */
const POOL = 20_000;
const ZERO = 48;

/** An event as it is sent. */
export interface TimedEvent {
  readonly partition: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

interface Template extends TimedEvent {
  readonly idAt: number;
  readonly timeAt: number;
}

/** Events that carry in their id the moment for which they were scheduled. */
export class TimedEvents {
  readonly #templates: readonly Template[];

  constructor(shape: { readonly sessions: number; readonly partitions: number; readonly bytes: number }) {
    const workload = makeWorkload(POOL, { ...shape, seed: 7 }).flatMap((records, partition) => {
      return records.map((record) => ({ ...record, partition }));
    });
    this.#templates = workload.sort((a, b) => a.timestampMs - b.timestampMs).map(templateOf);
  }

  /** The event with this number, scheduled for that moment. */
  at(number: number, scheduledUs: number, wallMs: number): TimedEvent {
    const { partition, key, value: blank, idAt, timeAt } = this.#templates[number % POOL] as Template;
    const value = Buffer.from(blank);
    writeDigits(value, idAt, MOMENT_DIGITS, scheduledUs);
    writeDigits(value, idAt + MOMENT_DIGITS + 1, NUMBER_DIGITS, number);
    writeDigits(value, timeAt, TIME_DIGITS, wallMs);
    return { partition, key, value };
  }
}

function templateOf(record: { partition: number; key: Uint8Array | null; value: Uint8Array | null }): Template {
  const text = String(record.value)
    .replace(EVENT_ID, `"event_id":"${ID}"`)
    .replace(OCCURRED_AT, `${OCCURRED_AT_MEMBER}${'0'.repeat(TIME_DIGITS)}`);
  const value = Buffer.from(text);
  const idAt = value.indexOf(ID_MEMBER) + ID_MEMBER.length;
  const timeAt = value.indexOf(OCCURRED_AT_MEMBER) + OCCURRED_AT_MEMBER.length;
  return { partition: record.partition, key: record.key as Uint8Array, value, idAt, timeAt };
}

function writeDigits(bytes: Uint8Array, at: number, digits: number, value: number): void {
  let rest = Math.floor(value);
  for (let i = at + digits - 1; i >= at; i--) {
    const tens = Math.floor(rest / 10);
    bytes[i] = ZERO + rest - 10 * tens;
    rest = tens;
  }
}

/** What an event's id says; undefined for a record that holds no such id. Works on events and on decisions about them. */
export function scheduledOf(value: Buffer): { readonly number: number; readonly scheduledUs: number } | undefined {
  const member = value.indexOf(ID_MEMBER);
  if (member < 0) return undefined;
  const at = member + ID_MEMBER.length;
  const numberAt = at + MOMENT_DIGITS + 1;
  return { scheduledUs: readDigits(value, at, MOMENT_DIGITS), number: readDigits(value, numberAt, NUMBER_DIGITS) };
}

function readDigits(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) value = 10 * value + (bytes[i] as number) - ZERO;
  return value;
}
