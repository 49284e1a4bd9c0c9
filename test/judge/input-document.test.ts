import { describe, expect, it } from 'vitest';
import type { PolicyView } from '../../src/domain/policy.ts';
import { EventView } from '../../src/judge/event-view.ts';
import { inputWriter } from '../../src/judge/input-document.ts';
import { aPolicy, aSet, call, eventAt, inputOf, judgeAll, sessionAfter, step, T0 } from './history.ts';

describe('input', () => {
  it('has the event’s fields flat at the top, as they came', () => {
    const more = {
      call_id: 'c',
      run_id: 'r',
      usage: { cost_usd: 1 },
      context: { a: [1] },
      material: { name: 'm', kind: 'k', content: 'x' },
    };
    expect(inputOf([call({ command: 'ls' }, more)])).toMatchObject({
      event_id: 'e0',
      session_id: 's1',
      occurred_at: T0,
      type: 'tool_call',
      tool: 'shell',
      params: { command: 'ls' },
      ...more,
    });
  });

  it('fills in params and phase where they are absent', () => {
    expect(inputOf([step()])).toMatchObject({ params: {}, phase: 'pre' });
    const result = { fields: { type: 'tool_result', tool: 't' }, trusted: false };
    expect(inputOf([result])).toMatchObject({ params: {}, phase: 'post' });
    expect(inputOf([step({ params: null, phase: 'mid' })])).toMatchObject({ params: null, phase: 'mid' });
  });

  it('shows what the contract does not name under extra, whatever it is called', () => {
    const stray = { session: 'forged', facts: 1, claims: { mode: 'x' }, trusted: true, input_identity: 'y', extra: {} };
    const input = inputOf([call({}, { ...stray, mode: 'admin' })]);
    expect(input.extra).toEqual(stray);
    expect(input).toMatchObject({ trusted: false, facts: {}, claims: { mode: 'admin' }, session: { seq: 1 } });
    expect(input).not.toHaveProperty('mode');
  });

  it('is JSON with each member once', () => {
    const event = eventAt(0, call({ '"': '\\' }, { extra: 1, session: 2, approvals: ['x'] }));
    const text = inputWriter('tollgate')({
      event,
      session: sessionAfter([call()]),
      identity: 'sha256:i',
      facts: { hosts: ['a"b'] },
    });
    const members = Object.keys(JSON.parse(text) as object);
    const written = text.match(/"(?:event_id|session|facts|claims|extra|trusted|params|phase)":/g) ?? [];
    expect(members).toContain('input_identity');
    // `session` and `extra` once more each, inside `extra`.
    expect(written.length).toBe(8 + 2);
  });

  it('keeps the digits of long integers', () => {
    const event = { ...eventAt(0, call()), fields: { ...eventAt(0, call()).fields, params: { n: 9007199254740993n } } };
    expect(inputWriter('tollgate')({ event, session: sessionAfter([call()]), identity: 'i', facts: {} })).toContain(
      '"n":9007199254740993',
    );
  });

  it('in the form of FleetForge is the context with the envelope’s ids', () => {
    const event = eventAt(0, step({ run_id: 'r', step_id: 's', context: { prompt: 'p', run_id: 'forged' } }));
    const text = inputWriter('fleetforge')({ event, session: sessionAfter([step()]), identity: 'i', facts: {} });
    expect(JSON.parse(text)).toEqual({ prompt: 'p', run_id: 'r', step_id: 's' });
  });

  it('is written once an event and document, and shared by all policies that want it', () => {
    const view = new EventView(eventAt(0, step()), sessionAfter([step()]), 'i', {});
    expect(view.input(inputWriter('tollgate'))).toBe(view.input(inputWriter('tollgate')));
    expect(view.input(inputWriter('fleetforge'))).toBe('{"run_id":"","step_id":""}');
    expect(view.input(inputWriter('tollgate'))).not.toBe(view.input(inputWriter('fleetforge')));
  });
});

describe('input.facts', () => {
  it('is what the set finds, for policies and for inspectors alike', () => {
    const seen: PolicyView[] = [];
    const policy = aPolicy('p', (view) => {
      seen.push(view);
      return { effect: 'allow' };
    });
    const facts = { hosts: ['github.com'], pii: [{ kind: 'email', path: '/params/to' }] };
    judgeAll(aSet([policy], { findFacts: () => facts }), [call()]);
    expect(seen[0]?.facts).toBe(facts);
    expect(JSON.parse(seen[0]?.input(inputWriter('tollgate')) ?? '')).toMatchObject({ facts });
  });
});
