import { EvaluationFault } from '../domain/errors.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { ResultForm } from '../domain/policy.ts';
import type { Answer } from '../domain/verdict.ts';
import { answerFromDecision } from './decision-form.ts';
import { joinReasons } from './joined-reasons.ts';
import { ANSWER_BOUNDS, booleanField, listField, member, misfit, objectField, textField } from './result-fields.ts';
import { answerFromViolations } from './violations-form.ts';

/** What a denial says when the policy gives no reason. */
const NOT_ALLOWED = 'not allowed';

export interface FormOptions {
  /** `violations` only: deny instead of warn. */
  readonly gate: boolean;
}

/**
 * The value of an OPA result set `[{"result": value}]`; undefined when the set is empty, which is how OPA says that the
 * entrypoint is undefined. Throws `invalid_result` when it is anything else: of several results none may win by place.
 */
export function resultValue(resultSet: Json): Json | undefined {
  const results = listField(resultSet, 'result set', 1);
  if (results.length === 0) return undefined;
  const value = member(objectField(results[0], 'result set[0]'), 'result');
  if (value === undefined) throw misfit('result set[0].result', 'a value', value);
  return value;
}

/**
 * What a policy's result says, by the form it declares (the contract, section 3). `raw` is the entrypoint's value,
 * undefined when it has none. Throws `no_result` or `invalid_result`, naming what did not fit and where, never a value:
 * no result is an allow by accident.
 */
export function answerFrom(form: ResultForm, raw: Json | undefined, options: FormOptions): Answer {
  if (raw === undefined) throw new EvaluationFault('no_result', "the policy's entrypoint is undefined for this input");
  switch (form) {
    case 'decision':
      return answerFromDecision(raw);
    case 'deny_set':
      return answerFromDenySet(raw);
    case 'allow':
      return answerFromAllow(raw);
    case 'violations':
      return answerFromViolations(raw, options.gate);
  }
}

/** `result: deny_set`: reasons to deny, texts or objects with `message` or `msg`; none allows. */
function answerFromDenySet(raw: Json): Answer {
  const messages = listField(raw, 'result', ANSWER_BOUNDS.reasons).map(denyReasonAt);
  return messages.length === 0 ? { effect: 'allow' } : { effect: 'deny', reason: joinReasons(messages) };
}

function denyReasonAt(item: Json, index: number): string {
  const where = `result[${index}]`;
  if (!isJsonObject(item)) return nonEmpty(textField(item, where));
  const message = member(item, 'message') ?? member(item, 'msg');
  return nonEmpty(textField(message, `${where}.message`));
}

/** A reason that says nothing denies all the same. */
function nonEmpty(text: string): string {
  return text === '' ? NOT_ALLOWED : text;
}

/** `result: allow`: a boolean, or `{allow, reason?}`. */
function answerFromAllow(raw: Json): Answer {
  if (typeof raw === 'boolean') return raw ? { effect: 'allow' } : { effect: 'deny', reason: NOT_ALLOWED };
  if (!isJsonObject(raw)) throw misfit('result', 'a boolean or an object', raw);
  const allowed = booleanField(member(raw, 'allow'), 'result.allow');
  const given = member(raw, 'reason');
  const reason = given === undefined ? '' : textField(given, 'result.reason');
  if (!allowed) return { effect: 'deny', reason: nonEmpty(reason) };
  return reason === '' ? { effect: 'allow' } : { effect: 'allow', reason };
}
