import { jsonText } from '../codec/json-text.ts';
import type { JsonObject } from '../domain/json.ts';

/*
 * Owns the text of one object. Invariants:
 * 1. It is that of the object that was asked for last.
 * 2. It changes no answer: an event's fields are never changed.
 */
let last: JsonObject | undefined;
let lastText = '';

/** An event's fields as JSON text, written once for the policies' `input` and the audit record. */
export function fieldsText(fields: JsonObject): string {
  if (fields === last) return lastText;
  lastText = jsonText(fields);
  last = fields;
  return lastText;
}
