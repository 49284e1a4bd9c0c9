import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import type { MatchRule } from '../../src/domain/policy.ts';
import { compileMatch } from '../../src/judge/match.ts';
import { compileRoutes } from '../../src/judge/routes.ts';
import { aPolicy, call, eventAt } from './history.ts';

const NAMES = ['a', 'a b', '1:a', '1:a x', '-', 'http_get', ''];
const EVENT = eventAt(0, call());

function routesOf(rules: readonly MatchRule[]) {
  return rules.map((match, i) => ({ policy: aPolicy(`p${i}`, undefined, { match }), matches: compileMatch(match) }));
}

const name = fc.constantFrom(...NAMES);
const rule = fc.record(
  {
    types: fc.subarray(['tool_call', 'tool_result', 'mode_change'] as const),
    phases: fc.subarray(['pre', 'post'] as const),
    tools: fc.array(fc.constantFrom(...NAMES.filter((text) => text !== ''), 'http*', '*'), { maxLength: 2 }),
    tenants: fc.array(fc.constantFrom('a', '1:a', '*b'), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const event = fc.record(
  {
    type: fc.constantFrom('tool_call', 'tool_result', 'mode_change', 'session_end'),
    trusted: fc.boolean(),
    phase: fc.constantFrom('pre', 'post'),
    tool: name,
    tenantId: name,
  },
  { requiredKeys: ['type', 'trusted', 'phase'] },
);

describe('the route of an event', () => {
  it('names the policies whose rules match it, whatever came before', () => {
    const property = fc.property(
      fc.array(rule, { maxLength: 5 }),
      fc.array(event, { maxLength: 40 }),
      (rules, events) => {
        const policies = routesOf(rules);
        const route = compileRoutes(policies);
        for (const members of events) {
          const { tool: _tool, tenantId: _tenant, ...plain } = EVENT;
          const one = { ...plain, ...members } as Event;
          expect(route(one)).toEqual([...policies.keys()].filter((i) => policies[i]?.matches(one)));
        }
      },
    );
    fc.assert(property, { seed: 42, numRuns: 300 });
  });

  it('is found once for events that agree in what rules look at', () => {
    let asked = 0;
    const match = { tools: ['shell'] };
    const matches = (given: Event) => {
      asked++;
      return compileMatch(match)(given);
    };
    const route = compileRoutes([{ policy: aPolicy('p', undefined, { match }), matches }]);
    for (let n = 0; n < 10; n++) expect(route({ ...EVENT, tool: 'shell', tenantId: `t${n}` })).toEqual([0]);
    expect(asked).toBe(1);
  });

  it('stays right when names flood the table, and for names too long to keep', () => {
    const policies = routesOf([{ tools: ['keep', 'x'.repeat(300)] }]);
    const route = compileRoutes(policies);
    for (let n = 0; n < 9_000; n++) expect(route({ ...EVENT, tool: `flood${n}` })).toEqual([]);
    expect(route({ ...EVENT, tool: 'keep' })).toEqual([0]);
    expect(route({ ...EVENT, tool: 'x'.repeat(300) })).toEqual([0]);
    expect(route({ ...EVENT, tool: 'y'.repeat(300) })).toEqual([]);
  });
});
