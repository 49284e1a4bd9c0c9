import type { Json } from '../domain/json.ts';
import { isBase64 } from './base64.ts';
import {
  type CloudEventAttributes,
  checkAttributes,
  openStructured,
  type StructuredEvent,
  withEnvelope,
} from './cloud-event.ts';
import { mediaFormat } from './content-type.ts';
import { type Document, rejectedAs } from './document.ts';
import { identifiedFrom } from './identified.ts';
import type { JsonLimits } from './json-scan.ts';
import { refuseOversized } from './json-size.ts';
import { parseJson } from './parse-json.ts';
import { RejectedInput } from './rejected-input.ts';

/** What the envelope may add to the limits of the event inside: one level, and its attributes. */
const ENVELOPE_DEPTH = 1;
const ENVELOPE_VALUES = 128;

/** Reads bytes of a declared content type, or one that the bytes must tell. */
export type ReadBytes = (bytes: Uint8Array, contentType: string | undefined) => Document;

/**
 * A CloudEvent in structured mode (`application/cloudevents+json`). `readBytes` reads `data_base64`. The event inside is held
 * against the limits as if it stood alone. Total.
 */
export function readStructured(bytes: Uint8Array, limits: JsonLimits, readBytes: ReadBytes): Document {
  const { maxBytes, maxDepth, maxValues } = limits;
  try {
    const around = { maxBytes, maxDepth: maxDepth + ENVELOPE_DEPTH, maxValues: maxValues + ENVELOPE_VALUES };
    const opened = openStructured(parseJson(bytes, around));
    return inEnvelope(readData(opened, limits, readBytes), () => checkAttributes(opened.attributes));
  } catch (thrown) {
    return rejectedAs(thrown);
  }
}

function readData(
  { attributes, data, dataBase64 }: StructuredEvent,
  limits: JsonLimits,
  readBytes: ReadBytes,
): Document {
  const { datacontenttype } = attributes;
  const type = typeof datacontenttype === 'string' ? datacontenttype : undefined;
  try {
    return dataBase64 === undefined ? jsonData(data, type, limits) : binaryData(dataBase64, type, readBytes);
  } catch (thrown) {
    return rejectedAs(thrown);
  }
}

/** A CloudEvent in binary mode: its data was read already. Total. */
export function readBinary(inside: Document, attributes: ReadonlyMap<string, string>, contentType?: string): Document {
  const all = {
    ...Object.fromEntries(attributes),
    ...(contentType === undefined ? {} : { datacontenttype: contentType }),
  };
  return inEnvelope(inside, () => {
    if (attributes.has('datacontenttype')) {
      throw new RejectedInput('invalid_cloud_event', 'CloudEvent: datacontenttype is the content-type header');
    }
    return checkAttributes(all);
  });
}

/** What is wrong with the envelope is an answer to the event inside, unless the two differ over which event that is. */
function inEnvelope(inside: Document, attributesOf: () => CloudEventAttributes): Document {
  let value: Json | undefined;
  try {
    if (inside.kind === 'document') value = inside.value;
    const attributes = attributesOf();
    if (inside.kind === 'rejected') return inside;
    return { kind: 'document', value: withEnvelope(inside.value, attributes) };
  } catch (thrown) {
    const rejected = rejectedAs(thrown, value === undefined ? undefined : identifiedFrom(value));
    if (rejected.code !== 'envelope_mismatch' || !rejected.message.startsWith('/event_id')) return rejected;
    const { code, message } = rejected;
    return { kind: 'rejected', code, message };
  }
}

/** `data` is a JSON value where the content type says so, or says nothing; else it is a string in another format. */
function jsonData(data: Json | undefined, contentType: string | undefined, limits: JsonLimits): Document {
  if (data === undefined) throw new RejectedInput('empty', 'CloudEvent: no data');
  if (contentType !== undefined && mediaFormat(contentType) !== 'json') {
    throw new RejectedInput('unknown_format', 'CloudEvent: data that is not JSON belongs in data_base64');
  }
  refuseOversized(data, limits);
  return { kind: 'document', value: data };
}

function binaryData(data: Json, contentType: string | undefined, readBytes: ReadBytes): Document {
  if (typeof data !== 'string' || !isBase64(data)) {
    throw new RejectedInput('invalid_cloud_event', 'CloudEvent: data_base64: expected base64');
  }
  return readBytes(Buffer.from(data, 'base64'), contentType);
}
