import { decodeEvent } from '../../src/codec/decode-event.ts';
import { CONTROL_EVENT_TYPES, type Event, FLEET_EVENT_TYPES } from '../../src/domain/event.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Policy, PolicyHead, PolicyView } from '../../src/domain/policy.ts';
import type { Session } from '../../src/domain/session.ts';
import type { Answer } from '../../src/domain/verdict.ts';
import { inputWriter } from '../../src/judge/input-document.ts';
import { type Judgement, judgeEvent } from '../../src/judge/judge-event.ts';
import { compileMatch } from '../../src/judge/match.ts';
import type { JudgeLimits, PolicySet } from '../../src/judge/policy-set.ts';
import { compileRoutes } from '../../src/judge/routes.ts';
import { LIMITS as DECODE_LIMITS } from '../codec/given.ts';

/** When histories begin, milliseconds. */
export const T0 = 1_700_000_000_000;
export const REVISION = `sha256:${'7e'.repeat(32)}`;
export const JUDGE_LIMITS: JudgeLimits = { sessionIdleMs: 86_400_000, duplicateWindow: 32, maxPolicyStateBytes: 4096 };

/** One event of a history, in wire form. */
export interface Given {
  readonly fields: JsonObject;
  readonly trusted: boolean;
}

export function call(params: Json = {}, more: JsonObject = {}): Given {
  return { fields: { type: 'tool_call', tool: 'shell', params, ...more }, trusted: false };
}

export function result(value: Json, more: JsonObject = {}): Given {
  return { fields: { type: 'tool_result', tool: 'shell', result: value, ...more }, trusted: false };
}

export function step(more: JsonObject = {}): Given {
  return { fields: { type: 'step', ...more }, trusted: false };
}

/** An event from the control topic. */
export function control(type: string, more: JsonObject = {}): Given {
  return { fields: { type, ...more }, trusted: true };
}

/** The nth event (from 0) of session `s1`: its id and time are its place, one second each, unless given. */
export function eventAt(n: number, given: Given): Event {
  const fields = { event_id: `e${n}`, session_id: 's1', occurred_at: T0 + n * 1000, ...given.fields };
  const decoded = decodeEvent(Buffer.from(JSON.stringify(fields)), { ...given, timestampMs: -1 }, DECODE_LIMITS);
  if (decoded.kind === 'rejected') throw new Error(decoded.message);
  return decoded.event;
}

/** A policy that answers alike each time, or as its function says. */
export function aPolicy(
  name: string,
  answer: Answer | ((view: PolicyView) => Answer) = { effect: 'allow' },
  head: Partial<PolicyHead> = {},
): Policy {
  const limits = { timeoutMs: 100, memoryMb: 16, maxInputBytes: 1_048_576 };
  return {
    head: { name, version: `sha256:${name}`, mode: 'enforce', match: {}, needs: [], limits, ...head },
    judge: typeof answer === 'function' ? answer : () => answer,
  };
}

export function aSet(policies: readonly Policy[], changes: Partial<PolicySet> = {}): PolicySet {
  const matched = policies.map((policy) => ({ policy, matches: compileMatch(policy.head.match) }));
  return {
    policies: matched,
    route: compileRoutes(matched),
    revision: REVISION,
    defaultEffect: 'deny',
    limits: JUDGE_LIMITS,
    findFacts: () => ({}),
    ...changes,
  };
}

/** Judges a history of one session; what did not change the session leaves it as it was. */
export function judgeAll(
  set: PolicySet,
  givens: readonly Given[],
): { readonly judgements: readonly Judgement[]; readonly session: Session | undefined } {
  let session: Session | undefined;
  const judgements = givens.map((given, n) => {
    const judgement = judgeEvent(set, session, eventAt(n, given), { onTurn: () => undefined });
    if (judgement.kind === 'decided') session = judgement.session;
    return judgement;
  });
  return { judgements, session };
}

/** The session after a history; fails when nothing of it was folded. */
export function sessionAfter(givens: readonly Given[], set: PolicySet = aSet([aPolicy('p')])): Session {
  const { session } = judgeAll(set, givens);
  if (session === undefined) throw new Error('nothing was folded');
  return session;
}

const EVERY_TYPE = { types: [...FLEET_EVENT_TYPES, ...CONTROL_EVENT_TYPES] };

/** The `input` that policies see of a history's last event; `other` policies judge beside the witness. */
export function inputOf(
  givens: readonly Given[],
  other: readonly Policy[] = [],
  limits: Partial<JudgeLimits> = {},
): JsonObject {
  let text = '';
  const witness = aPolicy(
    'witness',
    (view) => {
      text = view.input(inputWriter('tollgate'));
      return { effect: 'allow' };
    },
    { match: EVERY_TYPE },
  );
  judgeAll(aSet([witness, ...other], { limits: { ...JUDGE_LIMITS, ...limits } }), givens);
  return JSON.parse(text) as JsonObject;
}

/** `input.session` of a history's last event. */
export function factsOf(
  givens: readonly Given[],
  other: readonly Policy[] = [],
  limits: Partial<JudgeLimits> = {},
): JsonObject {
  return inputOf(givens, other, limits).session as JsonObject;
}

/** Freezes a value and all that it holds, maps with their contents: writing to any of it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) {
    const refuse = () => {
      throw new TypeError('a frozen map was written to');
    };
    Object.assign(value, { set: refuse, delete: refuse, clear: refuse });
    for (const item of value.values()) deepFreeze(item);
  }
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
