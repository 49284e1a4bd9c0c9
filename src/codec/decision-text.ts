import type { Decision, Reason } from '../domain/decision.ts';
import type { Json } from '../domain/json.ts';
import type { Obligation, Patch, Verdict } from '../domain/verdict.ts';
import { jsonText } from './json-text.ts';

const quote = JSON.stringify as (text: string) => string;

/**
 * A decision's body as JSON text, members in the order of the contract, absent ones left out. Written by hand: it runs
 * once an event, most of its lists are empty, and the same bytes must come out on every run.
 */
export function decisionText(decision: Decision): string {
  return (
    `{"decision_id":${quote(decision.decisionId)}${echoText(decision)},"effect":"${decision.effect}"` +
    text('reason', decision.reason) +
    `,"reasons":${list(decision.reasons, reasonText)},"patches":${list(decision.patches, patchText)}` +
    `,"obligations":${list(decision.obligations, obligationText)},"verdicts":${list(decision.verdicts, verdictText)}` +
    `,"policy_revision":"${decision.policyRevision}"` +
    (decision.session === undefined
      ? ''
      : `,"session":{"seq":${decision.session.seq},"digest":"${decision.session.digest}"}`) +
    text('input_identity', decision.inputIdentity) +
    text('enforced_identity', decision.enforcedIdentity) +
    errorText(decision.error) +
    '}'
  );
}

/** The event's own members, as they came. */
function echoText(decision: Decision): string {
  return (
    text('event_id', decision.eventId) +
    text('call_id', decision.callId) +
    text('type', decision.type) +
    text('session_id', decision.sessionId) +
    text('run_id', decision.runId) +
    text('step_id', decision.stepId) +
    text('tenant_id', decision.tenantId) +
    text('agent_id', decision.agentId) +
    text('tool', decision.tool) +
    (decision.occurredAt === undefined ? '' : `,"occurred_at":${JSON.stringify(decision.occurredAt)}`)
  );
}

/*
 * Owns a memo of verdicts' texts. Invariants:
 * 1. Only frozen verdicts are in it: the judge shares those between decisions, and there are few of them.
 * 2. It changes no text, and keeps none longer than its verdict.
 */
const memo = new WeakMap<Verdict, string>();

function verdictText(verdict: Verdict): string {
  const known = memo.get(verdict);
  if (known !== undefined) return known;
  const text = newVerdictText(verdict);
  if (Object.isFrozen(verdict)) memo.set(verdict, text);
  return text;
}

function newVerdictText(verdict: Verdict): string {
  return (
    `{"policy":${quote(verdict.policy)},"version":"${verdict.version}","effect":"${verdict.effect}"` +
    text('reason', verdict.reason) +
    (verdict.patches === undefined || verdict.patches.length === 0
      ? ''
      : `,"patches":${list(verdict.patches, patchText)}`) +
    (verdict.findings === undefined || verdict.findings.length === 0
      ? ''
      : `,"findings":${jsonText(verdict.findings)}`) +
    flag('skipped', verdict.skipped) +
    text('skip_reason', verdict.skipReason) +
    flag('ignored', verdict.ignored) +
    flag('recorded', verdict.recorded) +
    errorText(verdict.error) +
    `,"mode":"${verdict.mode}"}`
  );
}

function reasonText(reason: Reason): string {
  const source = text('rule', reason.rule) + text('code', reason.code);
  return `{"policy":${quote(reason.policy)}${source},"message":${quote(reason.message)}}`;
}

function patchText(patch: Patch): string {
  return `{"op":"${patch.op}","path":${quote(patch.path)}${json('value', patch.value)}}`;
}

function obligationText(obligation: Obligation & { readonly policy: string }): string {
  return `{"policy":${quote(obligation.policy)},"kind":${quote(obligation.kind)}${json('value', obligation.value)}}`;
}

function errorText(error: Decision['error']): string {
  return error === undefined ? '' : `,"error":{"code":"${error.code}","message":${quote(error.message)}}`;
}

function text(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${quote(value)}`;
}

function flag(name: string, value: boolean | undefined): string {
  return value === true ? `,"${name}":true` : '';
}

function json(name: string, value: Json | undefined): string {
  return value === undefined ? '' : `,"${name}":${jsonText(value)}`;
}

function list<T>(items: readonly T[], textOf: (item: T) => string): string {
  if (items.length === 0) return '[]';
  let joined = textOf(items[0] as T);
  for (let i = 1; i < items.length; i++) joined += `,${textOf(items[i] as T)}`;
  return `[${joined}]`;
}
