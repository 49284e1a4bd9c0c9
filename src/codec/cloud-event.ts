/**
 * CloudEvents 1.0 around an event: what its attributes must be (spec.md, JSON format, Kafka protocol binding), and what they
 * give to the event inside. Other attributes than `id` and `time` mean nothing to an event. Throws RejectedInput.
 */
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { isMediaType } from './content-type.ts';
import { parseTime } from './parse-time.ts';
import { RejectedInput } from './rejected-input.ts';

/** What an event takes over. */
export interface CloudEventAttributes {
  readonly id: string;
  readonly time: string | undefined;
  readonly datacontenttype: string | undefined;
}

/** A CloudEvent in structured mode: its attributes, and its data, of which there is one at most. */
export interface StructuredEvent {
  readonly attributes: JsonObject;
  readonly data: Json | undefined;
  readonly dataBase64: Json | undefined;
}

const SPEC_VERSION = '1.0';
const REQUIRED = ['id', 'source', 'type'] as const;
const OPTIONAL_TEXTS = ['subject', 'dataschema', 'datacontenttype', 'time'] as const;
const ATTRIBUTE_NAME = /^[a-z0-9]+$/;
/** The type system's Integer. */
const MAX_INTEGER = 2 ** 31;

/** Takes a structured event apart. */
export function openStructured(document: Json): StructuredEvent {
  if (!isJsonObject(document)) throw new RejectedInput('not_an_object', 'expected a CloudEvent, which is an object');
  const { data, data_base64: dataBase64, ...members } = document;
  if (data !== undefined && dataBase64 !== undefined) throw invalid('data and data_base64 in one event');
  // A null member stands for an absent one.
  const attributes = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
  return { attributes, data, dataBase64 };
}

/** Checks the attributes. Those of binary mode, which are all text, are checked as strings. */
export function checkAttributes(attributes: JsonObject): CloudEventAttributes {
  const { specversion, id, time, datacontenttype } = attributes;
  if (specversion !== SPEC_VERSION) throw invalid(`specversion: expected ${SPEC_VERSION}`);
  for (const name of REQUIRED) requireText(attributes, name);
  for (const name of OPTIONAL_TEXTS) if (attributes[name] !== undefined) requireText(attributes, name);
  for (const [name, value] of Object.entries(attributes)) {
    if (!ATTRIBUTE_NAME.test(name)) throw invalid('an attribute whose name is not of lower-case letters and digits');
    if (!isAttributeValue(value)) throw invalid('an attribute that is no string, boolean or 32-bit integer');
  }
  if (time !== undefined && parseTime(time as string) === undefined) {
    throw invalid('time: expected RFC 3339, from 1970 on');
  }
  if (datacontenttype !== undefined && !isMediaType(datacontenttype as string)) {
    throw invalid('datacontenttype: not of the form type/subtype');
  }
  return { id: id as string, time: time as string | undefined, datacontenttype: datacontenttype as string | undefined };
}

/** The event inside with what it lacks; throws `envelope_mismatch` when it says otherwise than the CloudEvent around it. */
export function withEnvelope(event: Json, { id, time }: CloudEventAttributes): Json {
  if (!isJsonObject(event)) return event;
  const { event_id: eventId, occurred_at: occurredAt } = event;
  if (eventId !== undefined && eventId !== id) throw mismatch('/event_id: is not the id of the CloudEvent');
  if (time !== undefined && occurredAt !== undefined && !isSameInstant(occurredAt, time)) {
    throw mismatch('/occurred_at: is not the time of the CloudEvent');
  }
  return {
    ...event,
    ...(eventId === undefined ? { event_id: id } : {}),
    ...(occurredAt === undefined && time !== undefined ? { occurred_at: time } : {}),
  };
}

/** What is no time at all is refused as such by whoever reads the event. */
function isSameInstant(occurredAt: Json, time: string): boolean {
  if (typeof occurredAt !== 'string' && typeof occurredAt !== 'number') return true;
  const ms = parseTime(occurredAt);
  return ms === undefined || ms === parseTime(time);
}

function requireText(attributes: JsonObject, name: string): void {
  const value = attributes[name];
  if (value === undefined) throw invalid(`${name}: required`);
  if (typeof value !== 'string' || value === '') throw invalid(`${name}: expected a string that is not empty`);
}

function isAttributeValue(value: Json): boolean {
  if (typeof value === 'string' || typeof value === 'boolean') return true;
  return Number.isInteger(value) && Number(value) >= -MAX_INTEGER && Number(value) < MAX_INTEGER;
}

function invalid(message: string): RejectedInput {
  return new RejectedInput('invalid_cloud_event', `CloudEvent: ${message}`);
}

function mismatch(message: string): RejectedInput {
  return new RejectedInput('envelope_mismatch', message);
}
