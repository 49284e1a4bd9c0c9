import { EvaluationFault } from '../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Answer } from '../domain/verdict.ts';
import { joinReasons } from './joined-reasons.ts';
import { ANSWER_BOUNDS, booleanField, listField, member, misfit, objectField, textField } from './result-fields.ts';

const MEMBERS: ReadonlySet<string> = new Set(['skipped', 'violations', 'findings', 'skip_reason', 'ignore']);

/**
 * `result: violations`: Chainloop's `{skipped, violations[], findings[], skip_reason, ignore}`. Findings replace
 * violations when there are any. Violations deny when the policy is a gate, else they warn, also when the policy says
 * that it was skipped; `ignore` drops them. Where Chainloop passes what does not fit, this refuses it.
 */
export function answerFromViolations(raw: Json, gate: boolean): Answer {
  const report = reportField(raw);
  if (report.ignore) return { effect: 'allow', ignored: true };
  if (report.messages.length === 0) return report.skipped ? skippedAnswer(report.skipReason) : { effect: 'allow' };
  return {
    effect: gate ? 'deny' : 'warn',
    reason: joinReasons(report.messages),
    ...(report.findings.length > 0 && { findings: report.findings }),
  };
}

function skippedAnswer(skipReason: string): Answer {
  return { effect: 'allow', skipped: true, ...(skipReason !== '' && { skipReason }) };
}

interface Report {
  readonly ignore: boolean;
  readonly skipped: boolean;
  readonly skipReason: string;
  readonly messages: readonly string[];
  readonly findings: readonly Json[];
}

function reportField(raw: Json): Report {
  const object = objectField(raw, 'result');
  refuseOtherSpellings(object);
  const skipped = optionalBoolean(object, 'skipped');
  const ignore = optionalBoolean(object, 'ignore');
  const skipReason = member(object, 'skip_reason');
  const violations = optionalList(object, 'violations');
  const findings = optionalList(object, 'findings');
  // `{}` is how a policy looks that decided nothing at all.
  if (violations === undefined && findings === undefined && skipped !== true) {
    throw new EvaluationFault('invalid_result', 'result: expected violations or findings, or skipped: true');
  }
  const found = (findings ?? []).map(findingAt);
  const reported = (violations ?? []).map(violationAt);
  return {
    ignore: ignore ?? false,
    skipped: skipped ?? false,
    skipReason: skipReason === undefined ? '' : textField(skipReason, 'result.skip_reason'),
    messages: found.length > 0 ? found : reported,
    findings: found.length > 0 ? (findings ?? []) : (violations ?? []).filter(isJsonObject),
  };
}

/** Chainloop reads its members whatever their case, so that here another case would lose violations. */
function refuseOtherSpellings(object: JsonObject): void {
  for (const name of Object.keys(object)) {
    const known = name.toLowerCase();
    if (MEMBERS.has(known) && name !== known) {
      throw new EvaluationFault('invalid_result', `result: a member is spelled like ${known}, in another case`);
    }
  }
}

function optionalBoolean(object: JsonObject, name: string): boolean | undefined {
  const value = member(object, name);
  return value === undefined ? undefined : booleanField(value, `result.${name}`);
}

function optionalList(object: JsonObject, name: string): readonly Json[] | undefined {
  const value = member(object, name);
  return value === undefined ? undefined : listField(value, `result.${name}`, ANSWER_BOUNDS.findings);
}

function findingAt(finding: Json, index: number): string {
  const where = `result.findings[${index}]`;
  return messageOf(objectField(finding, where), where);
}

function violationAt(violation: Json, index: number): string {
  const where = `result.violations[${index}]`;
  if (typeof violation === 'string') return nonEmpty(textField(violation, where), where);
  if (!isJsonObject(violation)) throw misfit(where, 'a string or an object', violation);
  return messageOf(violation, where);
}

function messageOf(object: JsonObject, where: string): string {
  return nonEmpty(textField(member(object, 'message'), `${where}.message`), `${where}.message`);
}

function nonEmpty(text: string, where: string): string {
  if (text === '') throw new EvaluationFault('invalid_result', `${where}: expected a text, got an empty one`);
  return text;
}
