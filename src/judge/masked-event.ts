import { jsonText } from '../codec/json-text.ts';
import type { Event } from '../domain/event.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { type MaskOptions, maskForAudit } from './mask.ts';

/** Members that carry what agents wrote. The envelope around them (ids, times, usage) is not masked. */
const PAYLOAD_FIELDS = ['params', 'result', 'context', 'material'] as const;

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
  if (claims === undefined && extra === undefined) return jsonText(masked);
  return jsonText({ ...masked, ...(claims as JsonObject | undefined), ...(extra as JsonObject | undefined) });
}

function maskMembers(fields: JsonObject, mask: AuditMask): JsonObject {
  let masked: Record<string, Json> | undefined;
  for (const name of PAYLOAD_FIELDS) {
    const value = fields[name];
    if (value === undefined) continue;
    const safe = maskForAudit(value, mask.options, mask.maskText);
    if (safe === value) continue;
    masked ??= { ...fields };
    masked[name] = safe;
  }
  return masked ?? fields;
}

function isEmpty(object: JsonObject): boolean {
  for (const _ in object) return false;
  return true;
}
