import type { Random } from './random.ts';

/** A record that is no event, and how. */
export interface BadRecord {
  readonly what: string;
  readonly value: Buffer | null;
}

type Make = (ids: string, random: Random) => Buffer | string | null;

const REST = '"type":"tool_call","tool":"shell","occurred_at":1740000000000';
/** Beyond `limits.maxEventBytes`, within what a broker takes. */
const TOO_LARGE = 300_000;

/** Each kind of record that is no event; `ids` are the members `event_id` and `session_id` of one, as JSON text. */
const KINDS: Readonly<Record<string, Make>> = {
  empty: () => '',
  'no value': () => null,
  'no JSON': (ids) => `{${ids},`,
  'not UTF-8': () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
  'a byte order mark': (ids) => `\ufeff{${ids},${REST}}`,
  'an array': (ids) => `[{${ids},${REST}}]`,
  'trailing bytes': (ids) => `{${ids},${REST}} true`,
  'too deep': (ids) => `{${ids},${REST},"params":${'['.repeat(80)}${']'.repeat(80)}}`,
  'a member twice': (ids) => `{${ids},${REST},"params":{"a":1,"a":2}}`,
  'half a surrogate pair': (ids) => `{${ids},${REST},"params":"\\ud83d"}`,
  'a number beyond a double': (ids) => `{${ids},${REST},"params":1e400}`,
  'no type': (ids) => `{${ids},"occurred_at":1740000000000}`,
  'no tool': (ids) => `{${ids},"type":"tool_call","occurred_at":1740000000000}`,
  'an unknown type': (ids) => `{${ids},"type":"tool_cell","occurred_at":1740000000000}`,
  'no such day': (ids) => `{${ids},"type":"step","occurred_at":"2025-02-30T00:00:00Z"}`,
  'from the future': (ids) => `{${ids},"type":"step","occurred_at":"2199-01-01T00:00:00Z"}`,
  'no ids': () => `{${REST}}`,
  'an id that is none': (ids) => `{"event_id":7,${ids.slice(ids.indexOf('"session_id"'))},${REST}}`,
  'a negative cost': (ids) => `{${ids},${REST},"usage":{"cost_usd":-1}}`,
  'binary and line feeds': (_, random) => Buffer.from(Array.from({ length: 64 }, () => random.below(256))),
};
const NAMES = Object.keys(KINDS);

/** One record that is no event, of a kind chosen at random. */
export function badRecord(eventId: string, sessionId: string, random: Random): BadRecord {
  const ids = `"event_id":${JSON.stringify(eventId)},"session_id":${JSON.stringify(sessionId)}`;
  const what = random.pick(NAMES);
  const value = (KINDS[what] as Make)(ids, random);
  return { what, value: typeof value === 'string' ? Buffer.from(value) : value };
}

/** An event above the size limit, in all else valid. */
export function tooLarge(eventId: string, sessionId: string): BadRecord {
  const event = { event_id: eventId, session_id: sessionId, type: 'step', occurred_at: 1_740_000_000_000 };
  const value = Buffer.from(JSON.stringify({ ...event, context: { note: 'x'.repeat(TOO_LARGE) } }));
  return { what: 'too large', value };
}
