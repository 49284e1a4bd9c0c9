/** The members of an event that have an inside: usage, material, and the claims. Throws RejectedInput like `field-checks`. */
import type { Material, Usage } from '../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { isBase64 } from './base64.ts';
import { FIELD_BOUNDS } from './event-fields.ts';
import { missing, optionalAmount, optionalObject, optionalText, requiredText, wrongType } from './field-checks.ts';
import { RejectedInput } from './rejected-input.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** `usage`, its known members typed; unknown ones stay in the event's `fields` and mean nothing. */
export function usageFrom(value: Json | undefined): Usage | undefined {
  const source = optionalObject(value, '/usage');
  if (source === undefined) return undefined;
  const usage: Draft<Usage> = {};
  const inputTokens = optionalAmount(source.input_tokens, '/usage/input_tokens', FIELD_BOUNDS.usage);
  if (inputTokens !== undefined) usage.inputTokens = inputTokens;
  const outputTokens = optionalAmount(source.output_tokens, '/usage/output_tokens', FIELD_BOUNDS.usage);
  if (outputTokens !== undefined) usage.outputTokens = outputTokens;
  const costUsd = optionalAmount(source.cost_usd, '/usage/cost_usd', FIELD_BOUNDS.usage);
  if (costUsd !== undefined) usage.costUsd = costUsd;
  const durationMs = optionalAmount(source.duration_ms, '/usage/duration_ms', FIELD_BOUNDS.usage);
  if (durationMs !== undefined) usage.durationMs = durationMs;
  const estimate = source.estimate;
  if (estimate === undefined) return usage;
  if (typeof estimate !== 'boolean') throw wrongType('/usage/estimate', 'a boolean');
  usage.estimate = estimate;
  return usage;
}

/** `material`: named, of a kind, with exactly one of `content` and `content_base64`. */
export function materialFrom(value: Json | undefined): Material | undefined {
  const source = optionalObject(value, '/material');
  if (source === undefined) return undefined;
  const digest = optionalText(source.digest, '/material/digest', FIELD_BOUNDS.idChars);
  return {
    name: requiredText(source.name, '/material/name', FIELD_BOUNDS.idChars),
    kind: requiredText(source.kind, '/material/kind', FIELD_BOUNDS.idChars),
    ...(digest === undefined ? {} : { digest }),
    ...contentFrom(source),
  };
}

function contentFrom(source: JsonObject): Pick<Material, 'content' | 'contentBase64'> {
  const { content, content_base64: contentBase64 } = source;
  if (content === undefined && contentBase64 === undefined) throw missing('/material/content');
  if (content !== undefined && contentBase64 !== undefined) {
    throw new RejectedInput('out_of_bounds', '/material: expected one of content and content_base64, not both');
  }
  if (contentBase64 === undefined) {
    if (typeof content !== 'string') throw wrongType('/material/content', 'a string');
    return { content };
  }
  if (typeof contentBase64 !== 'string') throw wrongType('/material/content_base64', 'a string');
  if (!isBase64(contentBase64)) throw new RejectedInput('out_of_bounds', '/material/content_base64: expected base64');
  return { contentBase64 };
}

/** Refuses a claim that has the wrong form; a claim of the fleet may be untrue, never malformed. */
export function checkClaim(wire: string, value: Json): void {
  if (wire === 'approvals') checkApprovals(value);
  else requiredText(value, `/${wire}`, FIELD_BOUNDS.modeChars);
}

function checkApprovals(value: Json): void {
  if (!Array.isArray(value)) throw wrongType('/approvals', 'an array');
  const items = value as readonly Json[];
  if (items.length > FIELD_BOUNDS.approvals) {
    throw new RejectedInput('out_of_bounds', `/approvals: expected at most ${FIELD_BOUNDS.approvals} items`);
  }
  for (const [index, item] of items.entries()) {
    if (!isJsonObject(item)) requiredText(item, `/approvals/${index}`, FIELD_BOUNDS.idChars);
  }
}
