import type { Event } from '../domain/event.ts';
import type { MatchRule } from '../domain/policy.ts';
import type { MatchedPolicy, Route } from './policy-set.ts';

/*
 * Owns, for each set of policies, a table of routes already found. Invariants:
 * 1. A table never holds more than MAX_ROUTES routes, nor a name longer than MAX_NAME.
 * 2. It changes no answer: an entry is what the rules say of every event with its key.
 */
const MAX_ROUTES = 4096;
const MAX_NAME = 256;

/**
 * Compiles which policies judge which event. Rules look at an event's type, authority, phase, tool and tenant only, so that
 * events which agree in these take one route: found once, then looked up, however many policies there are.
 */
export function compileRoutes(policies: readonly MatchedPolicy[]): (event: Event) => Route {
  const keyOf = compileKey(policies.map(({ policy }) => policy.head.match));
  const table = new Map<string, Route>();
  return (event) => {
    const key = keyOf(event);
    if (key === undefined) return findRoute(policies, event);
    const known = table.get(key);
    if (known !== undefined) return known;
    const route = findRoute(policies, event);
    // Starts over when full: names come from outside, and a flood of new ones must not shut the old ones out for good.
    if (table.size >= MAX_ROUTES) table.clear();
    table.set(key, route);
    return route;
  };
}

function findRoute(policies: readonly MatchedPolicy[], event: Event): Route {
  const route: number[] = [];
  for (let index = 0; index < policies.length; index++) if (policies[index]?.matches(event)) route.push(index);
  return route;
}

/** Of what some rule looks at; undefined for an event with a name too long to be kept. */
function compileKey(rules: readonly MatchRule[]): (event: Event) => string | undefined {
  const byPhase = rules.some(({ phases }) => phases !== undefined);
  const byTool = rules.some(({ tools }) => tools !== undefined);
  const byTenant = rules.some(({ tenants }) => tenants !== undefined);
  return ({ type, trusted, phase, tool, tenantId }) => {
    let key = trusted ? `${type}!` : type;
    if (byPhase) key += ` ${phase}`;
    if (byTenant) {
      if (tenantId !== undefined && tenantId.length > MAX_NAME) return undefined;
      // With its length before it no tenant's name can pass for another tenant and tool.
      key += tenantId === undefined ? ' -' : ` ${tenantId.length}:${tenantId}`;
    }
    if (!byTool || tool === undefined) return key;
    return tool.length > MAX_NAME ? undefined : `${key} ${tool}`;
  };
}
