import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Answer } from '../../src/domain/verdict.ts';
import { aPolicy, call, control, factsOf, type Given, result, step, T0 } from './history.ts';

const A = call({ command: 'a' });
const B = call({ command: 'b' });
const FETCH = call({ url: 'u' }, { tool: 'fetch' });

/** given: the session so far; when: the event that a policy judges; then: what it sees under `input.session`. */
type Row = readonly [sentence: string, given: readonly Given[], when: Given, then: Expected];
/** Facts that must be there, and (undefined) facts that must not. */
type Expected = Readonly<Record<string, Json | undefined>>;

const ROWS: readonly Row[] = [
  ['seq is 1 for the first event', [], A, { seq: 1 }],
  ['seq counts every event, whatever its type', [A, step(), result(1)], B, { seq: 4 }],
  ['started_at is the first event’s time', [A, B], A, { started_at: T0 }],
  ['elapsed_ms is 0 at the first event', [], A, { elapsed_ms: 0 }],
  ['elapsed_ms is the clock’s way since the start', [A, B], A, { elapsed_ms: 2000 }],
  ['elapsed_ms does not fall when an event comes late', [A, B], step({ occurred_at: T0 - 5000 }), { elapsed_ms: 1000 }],
  ['calls counts tool calls only, this one included', [A, step(), result(1)], B, { calls: 2 }],
  ['calls_by_tool counts by tool', [A, FETCH], A, { calls_by_tool: { shell: 2, fetch: 1 } }],
  ['calls_by_tool leaves results out', [A], result(1, { tool: 'other' }), { calls_by_tool: { shell: 1 } }],
  ['tools_seen names tools in order of first use', [FETCH, A], FETCH, { tools_seen: ['fetch', 'shell'] }],
  ['tools_seen_overflow is false while there is room', [A], A, { tools_seen_overflow: false }],
  ['repeat.count is 1 for a call unlike the last', [A], B, { repeat: { count: 1 } }],
  ['repeat.count is 0 before any call', [], step(), { repeat: { count: 0 } }],
  ['repeat.count counts identical calls in a row', [A, A], A, { repeat: { count: 3 } }],
  ['repeat.count starts over after another call', [A, A, B], A, { repeat: { count: 1 } }],
  [
    'the same params with members in another order are identical',
    [call({ x: 1, y: 2 })],
    call({ y: 2, x: 1 }),
    { repeat: { count: 2 } },
  ],
  [
    'another tool with the same params is another call',
    [call({ x: 1 })],
    call({ x: 1 }, { tool: 'fetch' }),
    { repeat: { count: 1 } },
  ],
  [
    'no params are {} params',
    [call({})],
    { fields: { type: 'tool_call', tool: 'shell' }, trusted: false },
    { repeat: { count: 2 } },
  ],
  ['null params are not {} params', [call({})], call(null), { repeat: { count: 1 } }],
  ['1 and 1.0 are one number', [call({ x: 1 })], call({ x: 1.0 }), { repeat: { count: 2 } }],
  ['"1" and 1 are two values', [call({ x: 1 })], call({ x: '1' }), { repeat: { count: 1 } }],
  [
    'context is no part of a call’s identity',
    [A],
    call({ command: 'a' }, { context: { n: 1 } }),
    { repeat: { count: 2 } },
  ],
  ['cycle is 0 of 0 without a pattern', [A, B], FETCH, { cycle: { period: 0, count: 0 } }],
  ['cycle finds ABAB', [A, B, A], B, { cycle: { period: 2, count: 2 } }],
  [
    'near_repeat counts calls that differ in numbers',
    [call({ page: 1 }), call({ page: 2 })],
    call({ page: 31 }),
    { near_repeat: { count: 3 } },
  ],
  ['no_progress is 0 before any result', [A], A, { no_progress: { count: 0 } }],
  ['previous is absent at the first event', [], A, { previous: undefined }],
  ['tokens, cost_usd, duration_ms begin at 0', [], A, { tokens: 0, cost_usd: 0, duration_ms: 0 }],
  ['mode is absent until the control topic sets one', [A], A, { mode: undefined, approval_profile: undefined }],
  [
    'mode is what the control topic set last',
    [control('mode_change', { mode: 'm1' }), control('mode_change', { mode: 'm2' })],
    A,
    { mode: 'm2' },
  ],
  [
    'approval_profile is what the control topic set last',
    [control('mode_change', { approval_profile: 'strict' })],
    A,
    { approval_profile: 'strict' },
  ],
  ['approvals is empty at first', [], A, { approvals: [] }],
  ['labels is empty at first', [], A, { labels: {}, labels_overflow: false }],
  ['errors is 0 at first', [], A, { errors: 0 }],
  ['ended is false until the control topic ends the session', [A], A, { ended: false }],
  ['ended is true after session_end from the control topic', [control('session_end')], A, { ended: true }],
];

describe('input.session', () => {
  it.each(ROWS)('%s', (_, given, when, then) => {
    const facts = factsOf([...given, when]);
    for (const [name, value] of Object.entries(then)) {
      if (value === undefined) expect(facts).not.toHaveProperty(name);
      else expect(facts[name]).toEqual(value);
    }
  });

  it('shows the event before in previous: type, tool, effect, time', () => {
    const denyFetch = aPolicy('acl', (view): Answer => ({ effect: view.event.tool === 'fetch' ? 'deny' : 'allow' }));
    const at = { occurred_at: T0 + 77 };
    expect(factsOf([call({}, { tool: 'fetch', ...at }), A], [denyFetch]).previous).toEqual({
      type: 'tool_call',
      tool: 'fetch',
      effect: 'deny',
      occurred_at: T0 + 77,
    });
    expect(factsOf([step(at), A]).previous).toEqual({ type: 'step', effect: 'allow', occurred_at: T0 + 77 });
  });

  it('counts the effects of the decisions before this one', () => {
    const policy = aPolicy('acl', (view): Answer => ({ effect: view.event.tool === 'fetch' ? 'deny' : 'warn' }));
    expect(factsOf([A], [policy]).effects).toEqual({});
    expect(factsOf([A, FETCH, B, FETCH, A], [policy]).effects).toEqual({ warn: 2, deny: 2 });
  });

  it('counts decisions with an error', () => {
    const broken = aPolicy('broken', (view) => {
      if (view.event.tool === 'fetch') throw new Error('no');
      return { effect: 'allow' };
    });
    expect(factsOf([FETCH, A, FETCH, A], [broken]).errors).toBe(2);
  });

  it('shows labels that enforced policies set, the latest value of each', () => {
    const labelled = (name: string, labels: Record<string, string>, mode: 'enforce' | 'shadow') =>
      aPolicy(name, { effect: 'allow', labels }, { mode });
    const policies = [
      labelled('first', { tier: 'low', seen: 'yes' }, 'enforce'),
      labelled('second', { tier: 'high' }, 'enforce'),
      labelled('third', { tier: 'none' }, 'shadow'),
    ];
    expect(factsOf([A, A], policies).labels).toEqual({ tier: 'high', seen: 'yes' });
  });

  it('names 128 tools at most, and says that there were more', () => {
    const many = Array.from({ length: 130 }, (_, n) => call({}, { tool: `t${n}` }));
    const facts = factsOf([...many, call({}, { tool: 't0' })]);
    expect(facts.tools_seen).toHaveLength(128);
    expect(facts).toMatchObject({ tools_seen_overflow: true, calls: 131 });
    expect(facts.calls_by_tool).toMatchObject({ t0: 2, t127: 1 });
    expect(facts.calls_by_tool).not.toHaveProperty('t128');
  });

  it('takes tools called __proto__ and constructor for names like any other', () => {
    const facts = factsOf([call({}, { tool: '__proto__' }), call({}, { tool: 'constructor' })]);
    expect(Object.entries(facts.calls_by_tool as JsonObject)).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
  });

  it('shows the digest of what was folded', () => {
    expect(factsOf([A]).digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});
