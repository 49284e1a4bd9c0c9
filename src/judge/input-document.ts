import { jsonText } from '../codec/json-text.ts';
import type { Event } from '../domain/event.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Facts, InputForm } from '../domain/policy.ts';
import type { Session } from '../domain/session.ts';
import { fieldsText } from './fields-text.ts';
import { fleetForgePayload } from './fleetforge-input.ts';
import { sessionFacts } from './session-facts.ts';

/**
 * The `input` document as JSON text, written from parsed values (never spliced from raw bytes): the event's fields flat
 * at the top, then session, facts, claims, extra; or FleetForge's payload (contract section 2).
 */
export function inputDocument(form: InputForm, event: Event, session: Session, identity: string, facts: Facts): string {
  if (form === 'fleetforge') {
    return jsonText(fleetForgePayload(event.context, event.runId ?? '', event.stepId ?? ''));
  }
  const { fields } = event;
  return (
    openObject(fields) +
    (fields.params === undefined ? ',"params":{}' : '') +
    (fields.phase === undefined ? `,"phase":"${event.phase}"` : '') +
    `,"input_identity":"${identity}","trusted":${event.trusted}` +
    `,"session":${sessionFacts(session)},"facts":${jsonText(facts as JsonObject)}` +
    `,"claims":${jsonText(event.claims)},"extra":${jsonText(event.extra)}}`
  );
}

/** The object's text without its closing brace. `fields` is never empty: event_id is required. */
function openObject(fields: JsonObject): string {
  return fieldsText(fields).slice(0, -1);
}
