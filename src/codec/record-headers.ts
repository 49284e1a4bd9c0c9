import { isUtf8 } from 'node:buffer';
import type { RecordHeader } from '../domain/record.ts';
import { RejectedInput } from './rejected-input.ts';

const CONTENT_TYPE = 'content-type';
const CLOUD_EVENTS_PREFIX = 'ce_';
/** Most headers that may say what one record is, and the longest value of one. */
const MAX_HEADERS = 64;
const MAX_VALUE_BYTES = 8192;

/** What a record's headers say about its value. */
export interface FormatHeaders {
  /** As it was written. */
  readonly contentType: string | undefined;
  /** A CloudEvent's attributes (binary mode) without their prefix; empty for a record that is none. */
  readonly attributes: ReadonlyMap<string, string>;
}

const NONE: FormatHeaders = { contentType: undefined, attributes: new Map() };

/**
 * Sorts a record's headers. Throws `unknown_format` when they cannot be told: one that is written twice with two values,
 * is no UTF-8, is too long, or too many of them. A header without a value is none.
 */
export function formatHeaders(headers: readonly RecordHeader[] | undefined): FormatHeaders {
  if (headers === undefined) return NONE;
  if (headers.length > MAX_HEADERS) throw unknown(`more than ${MAX_HEADERS} headers that say what the value is`);
  let contentType: string | undefined;
  const attributes = new Map<string, string>();
  for (const { name, value } of headers) {
    if (value === null) continue;
    const text = textOf(value);
    if (name.startsWith(CLOUD_EVENTS_PREFIX)) {
      const attribute = name.slice(CLOUD_EVENTS_PREFIX.length);
      refuseSecond(attributes.get(attribute), text);
      attributes.set(attribute, text);
    } else if (name.toLowerCase() === CONTENT_TYPE) {
      refuseSecond(contentType, text);
      contentType = text;
    }
  }
  return { contentType, attributes };
}

function refuseSecond(first: string | undefined, second: string): void {
  if (first !== undefined && first !== second) throw unknown('a header that is written twice, with two values');
}

function textOf(value: Uint8Array): string {
  if (value.length > MAX_VALUE_BYTES) throw unknown(`a header of more than ${MAX_VALUE_BYTES} bytes`);
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (!isUtf8(bytes)) throw unknown('a header that is not valid UTF-8');
  return bytes.toString('utf8');
}

function unknown(what: string): RejectedInput {
  return new RejectedInput('unknown_format', `headers: ${what}`);
}
