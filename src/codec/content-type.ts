import { RejectedInput } from './rejected-input.ts';

/** What a media type says that a value is. */
export type MediaFormat = 'json' | 'avro' | 'cloud_event';

/** RFC 9110, section 8.3.1: type and subtype are tokens, compared without regard to case; parameters follow. */
const MEDIA_TYPE = /^([!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+)[ \t]*(?:;(.*))?$/;
const CHARSET = /(?:^|;)[ \t]*charset[ \t]*=[ \t]*"?([^";\s]*)/;
/** The longest one that is looked at; real ones have a tenth of it. */
const MAX_CHARS = 512;

const AVRO: ReadonlySet<string> = new Set([
  'application/avro',
  'application/avro+binary',
  'application/vnd.apache.avro',
  'application/vnd.apache.avro+binary',
  'application/x-avro',
  'application/x-avro-binary',
  'avro/binary',
]);
/** Avro's own JSON encoding, which is no JSON that anybody else writes. */
const AVRO_JSON: ReadonlySet<string> = new Set([
  'application/avro+json',
  'application/vnd.apache.avro+json',
  'avro/json',
]);
/** US-ASCII is a part of UTF-8. */
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);
const CLOUD_EVENTS = 'application/cloudevents';
const JSON_SUBTYPES = ['/json', '+json'];

/** True for what may be a media type at all: the form is checked, nothing else. */
export function isMediaType(text: string): boolean {
  return text.length <= MAX_CHARS && MEDIA_TYPE.test(text.trim().toLowerCase());
}

/**
 * What a value of this media type holds. Throws `unknown_format` for every type that is not read here: what somebody
 * declared is never second-guessed.
 */
export function mediaFormat(text: string): MediaFormat {
  const match = text.length > MAX_CHARS ? null : MEDIA_TYPE.exec(text.trim().toLowerCase());
  const [, type = '', parameters = ''] = match ?? [];
  if (match === null) throw unknown('content type: not of the form type/subtype');
  if (AVRO.has(type)) return 'avro';
  if (AVRO_JSON.has(type)) throw unknown('content type: Avro is read in its binary encoding only');
  const isCloudEvent = type.startsWith(CLOUD_EVENTS);
  if (isCloudEvent && type !== `${CLOUD_EVENTS}+json`) throw unknown(cloudEventsProblem(type));
  if (!JSON_SUBTYPES.some((end) => type.endsWith(end))) {
    throw unknown('content type: neither JSON, nor Avro, nor a CloudEvent in JSON');
  }
  const charset = CHARSET.exec(parameters)?.[1];
  if (charset !== undefined && !CHARSETS.has(charset)) throw unknown('content type: JSON is read in UTF-8 only');
  return isCloudEvent ? 'cloud_event' : 'json';
}

function cloudEventsProblem(type: string): string {
  if (type.startsWith(`${CLOUD_EVENTS}-batch`)) return 'content type: a batch of CloudEvents; write one event a record';
  return 'content type: CloudEvents are read in JSON, or in binary mode (ce_ headers)';
}

function unknown(message: string): RejectedInput {
  return new RejectedInput('unknown_format', message);
}
