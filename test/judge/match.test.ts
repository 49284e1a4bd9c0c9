import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import { compileMatch } from '../../src/judge/match.ts';
import { anEvent, withoutTool } from './event-builder.ts';

function of(members: Partial<Event>): Event {
  return anEvent({}, members);
}

describe('a rule', () => {
  it('without lists matches every event of the fleet', () => {
    const matches = compileMatch({});
    expect(matches(of({}))).toBe(true);
    expect(matches(withoutTool(of({ type: 'step' })))).toBe(true);
    expect(matches(of({ type: 'session_end' }))).toBe(true);
  });

  it('with an empty list matches nothing', () => {
    expect(compileMatch({ tools: [] })(of({}))).toBe(false);
    expect(compileMatch({ types: [] })(of({}))).toBe(false);
    expect(compileMatch({ phases: [] })(of({}))).toBe(false);
    expect(compileMatch({ tenants: [] })(of({ tenantId: 't' }))).toBe(false);
  });

  it('matches by type and phase', () => {
    const matches = compileMatch({ types: ['tool_call', 'tool_result'], phases: ['pre'] });
    expect(matches(of({ type: 'tool_call', phase: 'pre' }))).toBe(true);
    expect(matches(of({ type: 'tool_result', phase: 'post' }))).toBe(false);
    expect(matches(of({ type: 'step', phase: 'pre' }))).toBe(false);
  });

  it('matches only when all of its lists do', () => {
    const matches = compileMatch({ types: ['tool_call'], phases: ['pre'], tools: ['shell'], tenants: ['acme-*'] });
    expect(matches(of({ tenantId: 'acme-eu' }))).toBe(true);
    expect(matches(of({ tenantId: 'other' }))).toBe(false);
    expect(matches(of({ tenantId: 'acme-eu', tool: 'http' }))).toBe(false);
    expect(matches(of({ tenantId: 'acme-eu', phase: 'mid' }))).toBe(false);
    expect(matches(of({ tenantId: 'acme-eu', type: 'step' }))).toBe(false);
  });

  it('that lists tools never matches an event without one, not even by *', () => {
    expect(compileMatch({ tools: ['*'] })(withoutTool(of({ type: 'step' })))).toBe(false);
    expect(compileMatch({ tools: ['*'] })(of({ tool: '' }))).toBe(true);
  });

  it('that lists tenants never matches an event without one, not even by *', () => {
    expect(compileMatch({ tenants: ['*'] })(of({}))).toBe(false);
  });

  it('matches a tool by any of several names and globs', () => {
    const matches = compileMatch({ tools: ['shell', 'http*', '*_write'] });
    const answers = ['shell', 'http', 'http_get', 'fs_write', 'shells', 'xhttp', 'Shell'].map((tool) =>
      matches(of({ tool })),
    );
    expect(answers).toEqual([true, true, true, true, false, false, false]);
  });

  it('answers the same however often and in whatever flood of names it is asked', () => {
    const matches = compileMatch({ tools: ['http*', 'a?c'] });
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 3000; i++) {
        expect(matches(of({ tool: `http${i}` }))).toBe(true);
        expect(matches(of({ tool: `ftp${i}` }))).toBe(false);
      }
      expect(matches(of({ tool: 'abc' }))).toBe(true);
      expect(matches(of({ tool: `http${'x'.repeat(1000)}` }))).toBe(true);
    }
  });
});

describe('an event with authority', () => {
  const authority = ['approval', 'mode_change', 'session_reset', 'session_end'] as const;

  it.each(authority)('%s matches no rule that does not list its type', (type) => {
    const event = of({ type, trusted: true });
    expect(compileMatch({})(event)).toBe(false);
    expect(compileMatch({ tools: ['*'] })(event)).toBe(false);
    expect(compileMatch({ types: ['tool_call'] })(event)).toBe(false);
  });

  it.each(authority)('%s matches a rule that lists it', (type) => {
    expect(compileMatch({ types: [type] })(of({ type, trusted: true }))).toBe(true);
  });

  it('that is of another type is judged like any other', () => {
    expect(compileMatch({})(of({ type: 'tool_call', trusted: true }))).toBe(true);
    expect(compileMatch({})(of({ type: 'session_start', trusted: true }))).toBe(true);
  });
});

describe('a glob that a rule cannot hold', () => {
  it('is named with its place when the rule is compiled', () => {
    expect(() => compileMatch({ tools: ['ok', '{a,b}'] }, 'policies[2].match')).toThrow(
      expect.objectContaining({ code: 'config_invalid', where: 'policies[2].match.tools[1]' }),
    );
    expect(() => compileMatch({ tenants: ['[a]'] })).toThrow(expect.objectContaining({ where: 'match.tenants[0]' }));
  });
});
