import { CONTROL_EVENT_TYPES, type Event, type EventType } from '../domain/event.ts';
import type { MatchRule } from '../domain/policy.ts';
import { compileGlob } from './glob.ts';

/*
 * Owns, for each list of globs, a memo of names already looked at. Invariants:
 * 1. A memo never holds more than MEMO_NAMES names, nor a name longer than MEMO_NAME_LENGTH.
 * 2. A memo changes no answer: an entry is what the globs say of that name.
 */
const MEMO_NAMES = 1024;
const MEMO_NAME_LENGTH = 256;

/** With authority these end, grant or reset something: a policy judges them only when it lists them (contract section 1). */
export const AUTHORITY_TYPES: ReadonlySet<EventType> = new Set([...CONTROL_EVENT_TYPES, 'session_end']);

export type EventMatcher = (event: Event) => boolean;
type NameMatcher = (name: string) => boolean;

/**
 * Compiles which events a policy judges. All lists of the rule must match; an absent list matches everything, an empty
 * one nothing; an event without a tool (tenant) never matches a rule that lists tools (tenants). `where` names the
 * rule's key in errors of its globs: a TollgateError (`config_invalid`).
 */
export function compileMatch(rule: MatchRule, where = 'match'): EventMatcher {
  const types = rule.types && new Set(rule.types);
  const phases = rule.phases && new Set(rule.phases);
  const tools = rule.tools && compileNames(rule.tools, `${where}.tools`);
  const tenants = rule.tenants && compileNames(rule.tenants, `${where}.tenants`);
  return (event) => {
    if (types ? !types.has(event.type) : event.trusted && AUTHORITY_TYPES.has(event.type)) return false;
    if (phases && !phases.has(event.phase)) return false;
    if (tools && (event.tool === undefined || !tools(event.tool))) return false;
    return !tenants || (event.tenantId !== undefined && tenants(event.tenantId));
  };
}

/** True for a name that one of the globs matches. */
function compileNames(patterns: readonly string[], where: string): NameMatcher {
  const globs = patterns.map((pattern, i) => compileGlob(pattern, `${where}[${i}]`));
  const names = new Set(globs.flatMap((glob) => (glob.kind === 'name' ? [glob.name] : [])));
  const tests = globs.flatMap((glob) => (glob.kind === 'pattern' ? [glob.matches] : []));
  if (tests.length === 0) return (name) => names.has(name);
  const matchesPattern = memoized((name) => tests.some((matches) => matches(name)));
  return (name) => names.has(name) || matchesPattern(name);
}

/** Starts over when full: names come from outside, and a flood of new ones must not shut the old ones out for good. */
function memoized(matches: NameMatcher): NameMatcher {
  const memo = new Map<string, boolean>();
  return (name) => {
    const known = memo.get(name);
    if (known !== undefined) return known;
    const answer = matches(name);
    if (name.length > MEMO_NAME_LENGTH) return answer;
    if (memo.size >= MEMO_NAMES) memo.clear();
    memo.set(name, answer);
    return answer;
  };
}
