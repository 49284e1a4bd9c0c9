import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/domain/session.ts';
import { foldEvent } from '../../src/judge/fold.ts';
import { printOf } from '../../src/judge/identity.ts';
import {
  call,
  control,
  eventAt,
  factsOf,
  type Given,
  JUDGE_LIMITS,
  result,
  sessionAfter,
  step,
  T0,
} from './history.ts';

const A = call({ command: 'a' });
const B = call({ command: 'b' });
const DAY_MS = 86_400_000;

function fold(previous: Session | undefined, n: number, given: Given): Session {
  const event = eventAt(n, given);
  return foldEvent(previous, event, printOf(event), JUDGE_LIMITS);
}

describe('a run of identical tool calls', () => {
  it.each([
    ['a step', step()],
    ['a result', result('x')],
    ['a start', { fields: { type: 'session_start' }, trusted: false }],
    ['an end that the fleet claims', { fields: { type: 'session_end' }, trusted: false }],
    ['a grant', control('approval', { approvals: ['EditWorkspace'] })],
    ['a step with the call’s own tool and params', step({ tool: 'shell', params: { command: 'a' } })],
  ])('is neither counted nor broken by %s', (_, between) => {
    expect(factsOf([A, A, between, A]).repeat).toEqual({ count: 3 });
    expect(factsOf([A, A, between]).repeat).toEqual({ count: 2 });
  });

  it('is counted however long it is', () => {
    expect(factsOf(Array.from({ length: 500 }, () => A)).repeat).toEqual({ count: 500 });
  });
});

describe('a session’s clock', () => {
  it('is the highest occurred_at so far', () => {
    const late = step({ occurred_at: T0 - 60_000 });
    expect(sessionAfter([A, B]).clockMs).toBe(T0 + 1000);
    expect(sessionAfter([A, B, late]).clockMs).toBe(T0 + 1000);
  });

  it('does not go back when a reset is dated before what it ends', () => {
    const session = sessionAfter([A, B, control('session_reset', { occurred_at: T0 - 60_000 })]);
    expect(session).toMatchObject({ seq: 1, clockMs: T0 + 1000, startedAtMs: T0 + 1000 });
  });
});

describe('a session starts anew', () => {
  const given = [A, A, control('mode_change', { mode: 'locked', approvals: ['Edit'] }), control('session_end')];
  const fresh = { seq: 1, calls: 1, tokens: 0, approvals: [], ended: false, errors: 0, effects: {} };

  it('when its clock jumps by more than sessionIdleMs', () => {
    const facts = factsOf([...given, call({}, { occurred_at: T0 + 3000 + DAY_MS + 1 })]);
    expect(facts).toMatchObject({ ...fresh, ended: true, started_at: T0 + 3000 + DAY_MS + 1, elapsed_ms: 0 });
    expect(facts).not.toHaveProperty('previous');
  });

  it('but not out of what an authority restricted: time is the fleet’s claim', () => {
    const late = call({}, { occurred_at: T0 + 3000 + DAY_MS + 1 });
    expect(factsOf([...given, late])).toMatchObject({ seq: 1, mode: 'locked', ended: true, approvals: [] });
    expect(factsOf([...given, control('session_reset'), late])).not.toHaveProperty('mode');
  });

  it('not when its clock jumps by sessionIdleMs', () => {
    const facts = factsOf([...given, call({}, { occurred_at: T0 + 3000 + DAY_MS })]);
    expect(facts).toMatchObject({ seq: 5, mode: 'locked', started_at: T0 });
  });

  it('not when an event is dated long before the others', () => {
    expect(factsOf([...given, call({}, { occurred_at: 0 })])).toMatchObject({ seq: 5, mode: 'locked' });
  });

  it('when the control topic resets it', () => {
    expect(factsOf([...given, control('session_reset')])).toMatchObject({ seq: 1, calls: 0, ended: false });
    expect(factsOf([...given, control('session_reset'), A])).toMatchObject({ seq: 2, calls: 1, approvals: [] });
  });

  it('with what the reset grants', () => {
    expect(factsOf([...given, control('session_reset', { mode: 'open' })])).toMatchObject({ seq: 1, mode: 'open' });
  });

  it('with the events that it saw for duplicates', () => {
    const before = sessionAfter([A, B]).recent;
    expect(sessionAfter([A, B, control('session_reset')]).recent.startsWith(before)).toBe(true);
    expect(sessionAfter([A, B, call({}, { occurred_at: T0 + 2 * DAY_MS })]).recent.startsWith(before)).toBe(true);
  });

  it('with a digest of its own', () => {
    const { digest } = fold(sessionAfter([A, B]), 2, control('session_reset'));
    expect(digest).toBe(fold(undefined, 2, control('session_reset')).digest);
  });
});

describe('the session digest', () => {
  it('is the chain of SHA-256 over the identities, independent of this code', () => {
    const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
    const identities = [
      '{"params":{"command":"a"},"tool":"shell","type":"tool_call"}',
      '{"params":{},"type":"step"}',
      '{"params":{},"result":[1,null],"tool":"shell","type":"tool_result"}',
    ].map(sha256);
    const expected = identities.reduce((digest, identity) => sha256(digest + identity), '');
    expect(sessionAfter([A, step(), result([1, null])]).digest).toBe(expected);
  });

  it('does not depend on ids, times or context', () => {
    const other = { occurred_at: T0 + 5, event_id: 'other', context: { a: 1 }, agent_id: 'agent' };
    expect(sessionAfter([call({ command: 'a' }, other)]).digest).toBe(sessionAfter([A]).digest);
  });
});
