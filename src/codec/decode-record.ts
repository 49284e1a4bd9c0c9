import type { RecordHeader } from '../domain/record.ts';
import { readAvroEvent } from './avro-event.ts';
import { chooseFormat, type Format, isMagic } from './choose-format.ts';
import { readBinary, readStructured } from './decode-cloud-event.ts';
import { type Decoded, type DecodeLimits, decodeEvent, eventOf, type Origin, readJson } from './decode-event.ts';
import { type Document, rejectedAs } from './document.ts';
import { type FormatHeaders, formatHeaders } from './record-headers.ts';
import { RejectedInput } from './rejected-input.ts';
import type { Body, WriterSchemas } from './writer-schemas.ts';

/** What decoding depends on beside the record. */
export interface Decoding {
  readonly limits: DecodeLimits;
  readonly schemas: WriterSchemas;
}

/** A record as far as decoding depends on it. */
export interface EncodedRecord extends Origin {
  readonly value: Uint8Array | null;
  /** `content-type`, and those of a CloudEvent; others are passed over. */
  readonly headers?: readonly RecordHeader[] | undefined;
}

/**
 * One record's value as an event (the contract, section 1): JSON, Avro, or a CloudEvent. Total: every kind of bytes has an
 * outcome. Nearly all records are JSON without headers; they are told by their first byte.
 */
export function decodeRecord(record: EncodedRecord, decoding: Decoding): Decoded {
  const { value, headers } = record;
  const { limits } = decoding;
  if (headers === undefined && (value === null || !isMagic(value[0]))) return decodeEvent(value, record, limits);
  return eventOf(readDocument(value, headers, decoding), record, limits.maxClockSkewMs);
}

function readDocument(
  value: Uint8Array | null,
  headers: readonly RecordHeader[] | undefined,
  decoding: Decoding,
): Document {
  let said: FormatHeaders;
  let format: Format;
  if (value === null) return { kind: 'rejected', code: 'empty', message: 'no value' };
  try {
    said = formatHeaders(headers);
    format = chooseFormat(value, said.contentType);
  } catch (thrown) {
    return rejectedAs(thrown);
  }
  if (format === 'cloud_event') {
    return readStructured(value, decoding.limits, (bytes, type) => readData(bytes, type, decoding));
  }
  const inside = readFormat(value, format, decoding);
  if (said.attributes.size === 0) return inside;
  return readBinary(inside, said.attributes, said.contentType);
}

/** Bytes inside of a structured CloudEvent. Its specification forbids to take them for JSON when nothing says that they are. */
function readData(bytes: Uint8Array, contentType: string | undefined, decoding: Decoding): Document {
  const format = chooseFormat(bytes, contentType);
  if (format === 'cloud_event') throw new RejectedInput('unknown_format', 'a CloudEvent inside of a CloudEvent');
  if (contentType === undefined && format === 'json') {
    throw new RejectedInput('unknown_format', 'CloudEvent: data_base64 without a datacontenttype');
  }
  return readFormat(bytes, format, decoding);
}

function readFormat(bytes: Uint8Array, format: Exclude<Format, 'cloud_event'>, decoding: Decoding): Document {
  const { limits, schemas } = decoding;
  if (format === 'json') return readJson(bytes, limits);
  if (format === 'avro') return readAvroEvent(bytes, 0, schemas.shipped, limits);
  let body: Body;
  try {
    body = format === 'single_object' ? schemas.singleObject(bytes) : schemas.registered(bytes);
  } catch (thrown) {
    return rejectedAs(thrown);
  }
  if (body.kind === 'json') return readJson(bytes.subarray(body.start), limits);
  return readAvroEvent(bytes, body.start, body.schema, limits);
}
