import { EvaluationFault } from '../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { type Answer, EFFECTS, type Effect, type Obligation, type Patch } from '../domain/verdict.ts';
import { ANSWER_BOUNDS, listField, member, misfit, objectField, textField } from './result-fields.ts';

const EFFECT_NAMES: ReadonlySet<string> = new Set(EFFECTS);
const PATCH_OPERATIONS: ReadonlySet<string> = new Set(['add', 'replace', 'remove']);

/** `result: decision`: an object whose `effect` is one of ours. Members it does not know are ignored. */
export function answerFromDecision(raw: Json): Answer {
  const decision = objectField(raw, 'result');
  const effect = effectField(member(decision, 'effect'));
  const patches = patchesField(member(decision, 'patches'));
  if (effect === 'redact' && patches.length === 0) {
    throw new EvaluationFault('invalid_result', 'result.patches: a redact needs at least one patch');
  }
  return {
    effect,
    ...optionalText(decision, 'reason'),
    ...optionalText(decision, 'rule'),
    ...optionalText(decision, 'code'),
    ...(patches.length > 0 && { patches }),
    ...obligationsMember(member(decision, 'obligations')),
    ...labelsMember(member(decision, 'labels')),
    ...findingsMember(member(decision, 'findings')),
  };
}

function effectField(value: Json | undefined): Effect {
  if (typeof value === 'string' && EFFECT_NAMES.has(value)) return value as Effect;
  const expected = `one of ${EFFECTS.join(', ')}`;
  if (typeof value !== 'string') throw misfit('result.effect', expected, value);
  throw new EvaluationFault('invalid_result', `result.effect: expected ${expected}, got another word`);
}

/** An empty text counts as none, so that a rule can give one unconditionally. */
function optionalText<K extends string>(object: JsonObject, name: K): Partial<Record<K, string>> {
  const value = member(object, name);
  if (value === undefined) return {};
  const text = textField(value, `result.${name}`);
  return text === '' ? {} : ({ [name]: text } as Record<K, string>);
}

/** Shape only: whether a patch applies, and to what, is known when it is put together with the others. */
function patchesField(value: Json | undefined): readonly Patch[] {
  if (value === undefined) return [];
  return listField(value, 'result.patches', ANSWER_BOUNDS.patches).map(patchAt);
}

function patchAt(value: Json, index: number): Patch {
  const where = `result.patches[${index}]`;
  const patch = objectField(value, where);
  const op = member(patch, 'op');
  if (typeof op !== 'string' || !PATCH_OPERATIONS.has(op)) {
    throw new EvaluationFault('invalid_result', `${where}.op: expected one of add, replace, remove`);
  }
  const path = textField(member(patch, 'path'), `${where}.path`);
  if (!path.startsWith('/'))
    throw new EvaluationFault('invalid_result', `${where}.path: expected a JSON Pointer to a member`);
  if (op === 'remove') return { op, path };
  const replacement = member(patch, 'value');
  if (replacement === undefined) throw misfit(`${where}.value`, 'a value', replacement);
  return { op: op as 'add' | 'replace', path, value: replacement };
}

function obligationsMember(value: Json | undefined): { readonly obligations?: readonly Obligation[] } {
  if (value === undefined) return {};
  const items = listField(value, 'result.obligations', ANSWER_BOUNDS.obligations);
  return items.length === 0 ? {} : { obligations: items.map(obligationAt) };
}

function obligationAt(item: Json, index: number): Obligation {
  const where = `result.obligations[${index}]`;
  const obligation = objectField(item, where);
  const kind = textField(member(obligation, 'kind'), `${where}.kind`);
  const value = member(obligation, 'value');
  if (value === undefined) throw misfit(`${where}.value`, 'a value', value);
  return { kind, value };
}

function labelsMember(value: Json | undefined): { readonly labels?: Readonly<Record<string, string>> } {
  if (value === undefined) return {};
  const labels = objectField(value, 'result.labels');
  const entries = Object.entries(labels);
  if (entries.length > ANSWER_BOUNDS.labels) {
    throw new EvaluationFault('invalid_result', `result.labels: more than ${ANSWER_BOUNDS.labels} members`);
  }
  const texts: [string, string][] = entries.map(([name, label]) => [
    name,
    textField(label, 'result.labels: each member'),
  ]);
  return texts.length === 0 ? {} : { labels: Object.fromEntries(texts) };
}

function findingsMember(value: Json | undefined): { readonly findings?: readonly Json[] } {
  if (value === undefined) return {};
  const findings = listField(value, 'result.findings', ANSWER_BOUNDS.findings);
  const stray = findings.findIndex((finding) => !isJsonObject(finding) && typeof finding !== 'string');
  if (stray >= 0) throw misfit(`result.findings[${stray}]`, 'an object or a string', findings[stray]);
  return findings.length === 0 ? {} : { findings };
}
