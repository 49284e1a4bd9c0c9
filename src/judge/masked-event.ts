import { jsonText } from '../codec/json-text.ts';
import type { Event } from '../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { fieldsText } from './fields-text.ts';
import { type MaskOptions, maskForAudit } from './mask.ts';

/** Members that carry what agents wrote. The envelope around them (ids, times, amounts) is not masked. */
const PAYLOAD_FIELDS = ['params', 'result', 'context', 'material', 'usage'] as const;
/** Numbers and a flag, as the codec has checked: shown, although a name like `input_tokens` may be one of `maskKeys`. */
const AMOUNTS: ReadonlySet<string> = new Set(['input_tokens', 'output_tokens', 'cost_usd', 'duration_ms', 'estimate']);

/** How audit records mask events: by key, by length, and by a detector of secrets and PII in texts. */
export interface AuditMask {
  readonly options: MaskOptions;
  maskText(text: string): string;
}

/** The event as an audit record may hold it, as JSON text. */
export function maskedEventText(event: Event, mask: AuditMask): string {
  const masked = maskMembers(event.fields, mask);
  const claims = isEmpty(event.claims) ? undefined : maskForAudit(event.claims, mask.options, mask.maskText);
  const extra = isEmpty(event.extra) ? undefined : maskForAudit(event.extra, mask.options, mask.maskText);
  if (claims === undefined && extra === undefined) return fieldsText(masked);
  return jsonText({ ...masked, ...(claims as JsonObject | undefined), ...(extra as JsonObject | undefined) });
}

function maskMembers(fields: JsonObject, mask: AuditMask): JsonObject {
  let masked: Record<string, Json> | undefined;
  for (const name of PAYLOAD_FIELDS) {
    const value = fields[name];
    if (value === undefined) continue;
    const safe = name === 'usage' ? maskUsage(value, mask) : maskForAudit(value, mask.options, mask.maskText);
    if (safe === value) continue;
    masked ??= { ...fields };
    masked[name] = safe;
  }
  return masked ?? fields;
}

/** Members that mean nothing to Tollgate may hold anything. */
function maskUsage(usage: Json, mask: AuditMask): Json {
  if (!isJsonObject(usage) || Object.keys(usage).every((name) => AMOUNTS.has(name))) return usage;
  const members = Object.entries(usage);
  const amounts = Object.fromEntries(members.filter(([name]) => AMOUNTS.has(name)));
  const others = Object.fromEntries(members.filter(([name]) => !AMOUNTS.has(name)));
  return { ...amounts, ...(maskForAudit(others, mask.options, mask.maskText) as JsonObject) };
}

function isEmpty(object: JsonObject): boolean {
  for (const _ in object) return false;
  return true;
}
