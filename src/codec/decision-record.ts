import type { Decision, Reason } from '../domain/decision.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Obligation, Patch, Verdict } from '../domain/verdict.ts';
import { jsonText } from './json-text.ts';

/*
 * A decision as the record of schemas/decision.avsc, for avsc, and back to the text that `decisionText` writes. Where
 * any JSON value may stand the record holds its text, so that nothing is parsed on the way back, and the text is the
 * same to the byte.
 */

/** What avsc encodes: null for what is absent. */
export function decisionRecord(decision: Decision): object {
  return {
    decision_id: decision.decisionId,
    event_id: decision.eventId,
    call_id: decision.callId ?? null,
    type: decision.type ?? null,
    session_id: decision.sessionId,
    run_id: decision.runId ?? null,
    step_id: decision.stepId ?? null,
    tenant_id: decision.tenantId ?? null,
    agent_id: decision.agentId ?? null,
    tool: decision.tool ?? null,
    occurred_at: decision.occurredAt ?? null,
    effect: decision.effect,
    reason: decision.reason ?? null,
    reasons: decision.reasons.map(reasonRecord),
    patches: decision.patches.map(patchRecord),
    obligations: decision.obligations.map(obligationRecord),
    verdicts: decision.verdicts.map(verdictRecord),
    policy_revision: decision.policyRevision,
    session: decision.session ?? null,
    input_identity: decision.inputIdentity ?? null,
    enforced_identity: decision.enforcedIdentity ?? null,
    error: decision.error ?? null,
  };
}

function reasonRecord({ policy, rule, code, message }: Reason): object {
  return { policy, rule: rule ?? null, code: code ?? null, message };
}

function patchRecord({ op, path, value }: Patch): object {
  return { op, path, value: value === undefined ? null : jsonText(value) };
}

function obligationRecord({ policy, kind, value }: Obligation & { readonly policy: string }): object {
  return { policy, kind, value: jsonText(value) };
}

function verdictRecord(verdict: Verdict): object {
  const { patches = [], findings = [] } = verdict;
  return {
    policy: verdict.policy,
    version: verdict.version,
    effect: verdict.effect,
    reason: verdict.reason ?? null,
    patches: patches.length === 0 ? null : patches.map(patchRecord),
    findings: findings.length === 0 ? null : findings.map(jsonText),
    skipped: verdict.skipped === true ? true : null,
    skip_reason: verdict.skipReason ?? null,
    ignored: verdict.ignored === true ? true : null,
    recorded: verdict.recorded === true ? true : null,
    error: verdict.error ?? null,
    mode: verdict.mode,
  };
}

/** How a member of a record is written as JSON. */
type Member = 'plain' | 'text' | 'texts' | 'records' | 'record';

/** Members that are not plain: `text` and `texts` hold JSON text, the others hold records. */
const MEMBERS: ReadonlyMap<string, Member> = new Map([
  ['reasons', 'records'],
  ['patches', 'records'],
  ['obligations', 'records'],
  ['verdicts', 'records'],
  ['findings', 'texts'],
  ['value', 'text'],
  ['session', 'record'],
  ['error', 'record'],
]);

/**
 * The JSON text of a decision that was read from Avro, its members in the order of the schema and absent ones left out:
 * what `decisionText` made of it.
 */
export function decisionTextOf(record: JsonObject): string {
  const members = Object.entries(record).map(([name, value]) => {
    return `${JSON.stringify(name)}:${memberText(value, MEMBERS.get(name) ?? 'plain')}`;
  });
  return `{${members.join(',')}}`;
}

function memberText(value: JsonObject[string], member: Member): string {
  switch (member) {
    case 'plain':
      return jsonText(value as string);
    case 'text':
      return String(value);
    case 'texts':
      return `[${(value as readonly string[]).join(',')}]`;
    case 'record':
      return decisionTextOf(value as JsonObject);
    case 'records':
      return `[${(value as readonly JsonObject[]).map(decisionTextOf).join(',')}]`;
  }
}
