import fc from 'fast-check';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Policy, PolicyView } from '../../src/domain/policy.ts';
import { type Answer, EFFECTS, type Effect } from '../../src/domain/verdict.ts';
import { aPolicy, type Given, T0 } from './history.ts';

const DAY_MS = 86_400_000;

const tool = fc.constantFrom('shell', 'fetch', '__proto__', 'Größe');
const params = fc.constantFrom<JsonObject>({}, { n: 1 }, { n: 2 }, { text: 'é', list: [1, null] }, { text: 'x' });
const amounts = fc.record(
  {
    input_tokens: fc.nat(50),
    output_tokens: fc.nat(50),
    cost_usd: fc.constantFrom(0.1, 0.2, 3),
    duration_ms: fc.nat(9),
    estimate: fc.boolean(),
  },
  { requiredKeys: [] },
);
const approval = fc.constantFrom<JsonObject | string>(
  'Edit',
  `sha256:${'0c'.repeat(32)}`,
  { capability: 'Net', expires_at: T0 + 20_000 },
  { operation: 'o', approver: 'ops' },
  { operation: 1 },
);
const fleetType = fc.constantFrom('tool_call', 'tool_call', 'tool_call', 'tool_result', 'step', 'session_end');
const controlType = fc.constantFrom('approval', 'mode_change', 'session_reset', 'session_end', 'step');
const more = fc.record(
  {
    event_id: fc.constantFrom('x', 'y', 'z'),
    call_id: fc.constantFrom('c1', 'c2', 'c3'),
    occurred_at: fc.oneof(
      fc.nat(60_000).map((ms) => T0 + ms),
      fc.nat(3).map((days) => T0 + days * DAY_MS),
    ),
    usage: amounts,
    context: fc.constantFrom<JsonObject>({ a: 1 }, { password: 'hunter2' }),
    mode: fc.constantFrom('open', 'locked'),
    approvals: fc.array(approval, { maxLength: 3 }),
    tenant_id: fc.constantFrom('t1', 't2'),
    note: fc.string({ unit: 'grapheme', maxLength: 5 }),
  },
  { requiredKeys: [] },
);

function givenOf([trusted, fleet, authority, name, args, value, rest]: readonly [
  boolean,
  string,
  string,
  string,
  JsonObject,
  string,
  JsonObject,
]): Given {
  const type = trusted ? authority : fleet;
  const called = type === 'tool_call' || type === 'tool_result' ? { tool: name, params: args } : {};
  const answered = type === 'tool_result' ? { result: value } : {};
  return { fields: { type, ...called, ...answered, ...rest }, trusted };
}

const aFifth = fc.nat(4).map((n) => n === 0);

/** One event of a history: repeated ids, late and far times, claims and grants are frequent. */
export const arbitraryGiven: fc.Arbitrary<Given> = fc
  .tuple(aFifth, fleetType, controlType, tool, params, fc.constantFrom('r1', 'r2'), more as fc.Arbitrary<JsonObject>)
  .map(givenOf);

export const arbitraryHistory: fc.Arbitrary<Given[]> = fc.array(arbitraryGiven, { maxLength: 25 });

/** What a policy does whose answers depend on the event, the session and its own state, and on nothing else. */
export interface Habit {
  readonly effects: readonly Effect[];
  readonly fails: number;
  readonly mode: 'enforce' | 'shadow';
}

const habit: fc.Arbitrary<Habit> = fc.record({
  effects: fc.array(fc.constantFrom(...EFFECTS), { minLength: 1, maxLength: 3 }),
  fails: fc.constantFrom(0, 0, 3),
  mode: fc.constantFrom('enforce', 'enforce', 'shadow'),
});

export const arbitraryPolicies: fc.Arbitrary<Policy[]> = fc
  .array(habit, { maxLength: 4 })
  .map((habits) => habits.map((each, n) => aPolicy(`p${n}`, (view) => answerOf(each, view), { mode: each.mode })));

function answerOf({ effects, fails }: Habit, { session, state }: PolicyView): Answer {
  if (fails > 0 && session.seq % fails === 0) throw new Error('as it should');
  const effect = effects[session.seq % effects.length] ?? 'deny';
  const kept: JsonObject = { seen: session.seq, before: state === undefined ? null : String(state).length };
  const reason = { reason: `${effect} at ${session.calls}` };
  const labels = { labels: { last: effect } };
  if (effect !== 'redact') return { effect, ...reason, ...labels, state: kept };
  return { effect, ...reason, ...labels, patches: [{ op: 'add', path: '/params/added', value: 'é' }] };
}
