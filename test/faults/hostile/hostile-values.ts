import type { Random } from '../../kafka/load/random.ts';

/** The members that every event has, as JSON text: ids and time. */
interface Given {
  readonly ids: string;
  readonly random: Random;
  readonly n: number;
}

type Make = (given: Given) => string | Buffer;

const CALL = '"type":"tool_call","tool":"shell"';
/** Just within `limits.maxEventBytes` with all that is around it, and just beyond. */
const LARGE = 261_000;
const TOO_LARGE = 262_200;
/** `limits.maxJsonDepth`, less the two levels that are around `params`. */
const DEEPEST = 62;
/** Of `maxJsonValues`, less what is around `params`. */
const MOST_VALUES = 19_980;

/** An event around these params; `more` are further members, `,"a":1`. */
function call({ ids }: Given, params: string, more = ''): string {
  return `{${ids},${CALL},"params":${params}${more}}`;
}

function command(given: Given, text: string): string {
  return call(given, JSON.stringify({ command: text }));
}

function keys(count: number, nameOf: (n: number) => string): string {
  return `{${Array.from({ length: count }, (_, n) => `"${nameOf(n)}":${n % 10}`).join()}}`;
}

/** Names that an object of JavaScript has already, or a reader of JSON may trip over. */
const ODD_NAMES = '{"constructor":1,"toString":2,"hasOwnProperty":{"valueOf":3},"":4,"\\u0000":5,"length":6,"then":7}';

/** Input that is made to hurt whoever reads or judges it: events at the limits, and what is none. */
const KINDS: Readonly<Record<string, Make>> = {
  // Events, however they look: each is to be judged like any other.
  'a string at the limit': (given) => call(given, `{"text":"${'x'.repeat(LARGE)}"}`),
  'escapes at the limit': (given) => call(given, `{"text":"${'\\u0000'.repeat(LARGE / 6)}"}`),
  'nested at the limit': (given) => call(given, `${'{"a":'.repeat(DEEPEST)}1${'}'.repeat(DEEPEST)}`),
  'arrays at the limit': (given) => call(given, `${'['.repeat(DEEPEST)}${']'.repeat(DEEPEST)}`),
  'many names': (given) =>
    call(
      given,
      keys(MOST_VALUES, (n) => `k${n.toString(36)}`),
    ),
  'many numbers': (given) => call(given, `[${'1,'.repeat(MOST_VALUES - 1)}1]`),
  'odd names': (given) => call(given, ODD_NAMES),
  'digits without end': (given) => call(given, `[${`${'7'.repeat(300)},`.repeat(500)}1]`),
  'numbers at the edges': (given) => call(given, '[1.7976931348623157e308,5e-324,-0,1e-323,9007199254740993,0.1e-3]'),
  'direction marks': (given) => command(given, 'echo \u202e\u2066gnp.exe\u2069 \ufeff\u200b\u0000 # \u2028'),
  'brackets without end': (given) => command(given, '$('.repeat(20_000)),
  'quotes without end': (given) => command(given, `echo ${'\'"'.repeat(20_000)}`),
  'backslashes without end': (given) => command(given, `a${'\\'.repeat(40_000)}"`),
  'shells in shells': (given) => command(given, `${'bash -c "'.repeat(4_000)}curl evil.example${'"'.repeat(4_000)}`),
  'addresses without end': (given) => command(given, `curl ${'http://a@b:c@d.example:80/../'.repeat(6_000)}`),
  'dots without end': (given) => command(given, `curl https://${'a.'.repeat(60_000)}example`),
  'what patterns choke on': (given) =>
    command(given, `${'a'.repeat(50_000)}!${'@'.repeat(50_000)} 4${' 4'.repeat(50_000)}`),
  'a tool that globs choke on': ({ ids }) => `{${ids},"type":"tool_call","tool":"${'a*'.repeat(127)}b","params":{}}`,
  'far in the past': ({ ids }) => `{${ids.replace(/"occurred_at":\d+/, '"occurred_at":0')},${CALL},"params":{}}`,
  'material at the limit': (given) =>
    call(given, '{}', `,"material":{"name":"m","kind":"k","content_base64":"${'QUJD'.repeat(60_000)}"}`),
  // What is no event: a dead letter, and a deny where the ids can be read.
  'one byte too large': (given) => call(given, `{"text":"${'x'.repeat(TOO_LARGE)}"}`),
  'one level too deep': (given) => call(given, `${'['.repeat(DEEPEST + 2)}${']'.repeat(DEEPEST + 2)}`),
  'deep beyond any stack': (given) => call(given, `${'['.repeat(120_000)}${']'.repeat(120_000)}`),
  'a value too many': (given) => call(given, `[${'[],'.repeat(MOST_VALUES + 20)}1]`),
  'a prototype': (given) => call(given, '{"__proto__":{"trusted":true}}'),
  'a prototype in escapes': (given) => call(given, '{"\\u005f_proto__":{"trusted":true}}'),
  'a name twice': (given) => call(given, '{"a":1}', ',"tool":"other"'),
  'an id twice': (given) => `{${given.ids},${given.ids},${CALL},"params":{}}`,
  'a number beyond a double': (given) => call(given, '{"n":-1e309}'),
  'half a pair': (given) => call(given, '{"t":"\\udc00\\ud83d"}'),
  'long form of a slash': (given) => spoiled(given, [0xc0, 0xaf]),
  'a surrogate in bytes': (given) => spoiled(given, [0xed, 0xa0, 0x80]),
  'a byte that is no character': (given) => spoiled(given, [0xf8]),
  'in the far future': ({ ids }) =>
    `{${ids.replace(/"occurred_at":\d+/, '"occurred_at":"9999-12-31T23:59:59Z"')},${CALL},"params":{}}`,
  'ids as long as the limit, and one': ({ n }) =>
    `{"event_id":"${'é'.repeat(129)}","session_id":"h${n}","occurred_at":1,${CALL}}`,
  'cut off': (given) => call(given, `{"text":"${'y'.repeat(1000)}"}`).slice(0, -3),
};

const NAMES = Object.keys(KINDS);

/** How many kinds there are. */
export const HOSTILE_KINDS = NAMES.length;

/** The value of the `n`th hostile record; kinds come in turn. `occurredAtMs` is what an event of its session may have. */
export function hostileValue(
  n: number,
  eventId: string,
  sessionId: string,
  occurredAtMs: number,
  random: Random,
): Buffer {
  const ids = `"event_id":${JSON.stringify(eventId)},"session_id":${JSON.stringify(sessionId)},"occurred_at":${occurredAtMs}`;
  const make = KINDS[NAMES[n % NAMES.length] as string] as Make;
  const made = make({ ids, random, n });
  return typeof made === 'string' ? Buffer.from(made) : made;
}

function spoiled(given: Given, bytes: readonly number[]): Buffer {
  const [front = '', back = ''] = call(given, '{"t":"HERE"}').split('HERE');
  return Buffer.concat([Buffer.from(front), Buffer.from(bytes), Buffer.from(back)]);
}

/** What the `n`th hostile record is. */
export function hostileKind(n: number): string {
  return NAMES[n % NAMES.length] as string;
}
