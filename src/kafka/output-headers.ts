import { isUtf8 } from 'node:buffer';
import type { RawRecord, RecordHeader } from '../domain/record.ts';
import { traceHeaders } from './trace-headers.ts';

/** How outputs say what they are. */
export interface OutputForm {
  readonly format: 'json' | 'avro';
  readonly cloudEvents: { readonly headers: 'carry' | 'always' | 'never'; readonly source: string };
}

/** What is written when the configuration says nothing. */
export const PLAIN_FORM: OutputForm = {
  format: 'json',
  cloudEvents: { headers: 'carry', source: 'urn:tollgate' },
};

/** A decision as it goes out: its value begins there in `bytes`. */
export interface OutgoingValue {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** RFC 3339. */
  readonly decidedAt: Uint8Array;
}

const NONE: readonly RecordHeader[] = [];
const CONTENT_TYPE = 'content-type';
const AVRO_TYPE = header(CONTENT_TYPE, 'application/avro');
const JSON_TYPE = header(CONTENT_TYPE, 'application/json');
const SPEC_VERSION = header('ce_specversion', '1.0');
const TYPE = header('ce_type', 'tollgate.decision');
/** A CloudEvent in Kafka: its attributes are headers (binary mode), or its content type says so (structured mode). */
const BINARY_MODE = 'ce_specversion';
const STRUCTURED_MODE = /^application\/cloudevents/i;
const CE_PREFIX = 'ce_';
/** `{"decision_id":"`; in Avro the two bytes of magic and the fingerprint. Then the id, in Avro behind its length. */
const ID_AT = { json: 16, avro: 10 } as const;
const QUOTE = 0x22;

/**
 * Makes what a value's headers say beside its source and its times: its content type where it is not JSON, the trace that its
 * event belongs to, and the attributes of a CloudEvent. Nothing at all for JSON of an event without headers.
 */
export class OutputHeaders {
  readonly #form: OutputForm;
  readonly #source: RecordHeader;
  readonly #type: RecordHeader;

  constructor(form: OutputForm) {
    this.#form = form;
    this.#source = header('ce_source', form.cloudEvents.source);
    this.#type = form.format === 'avro' ? AVRO_TYPE : JSON_TYPE;
  }

  /** Of a decision, about this record of the input. */
  decision(record: RawRecord | undefined, value: OutgoingValue): readonly RecordHeader[] {
    const { format, cloudEvents } = this.#form;
    const given = record?.headers;
    if (given === undefined && cloudEvents.headers !== 'always') return this.audit();
    const trace = given === undefined ? NONE : traceHeaders(given);
    const isCloudEvent =
      cloudEvents.headers === 'always' || (cloudEvents.headers === 'carry' && isCloudEventIn(given ?? NONE));
    if (isCloudEvent) return [this.#type, ...this.#attributes(record, value), ...trace];
    return format === 'avro' ? [AVRO_TYPE, ...trace] : trace;
  }

  /** Of an audit record. */
  audit(): readonly RecordHeader[] {
    return this.#form.format === 'avro' ? [AVRO_TYPE] : NONE;
  }

  #attributes(record: RawRecord | undefined, { bytes, start, decidedAt }: OutgoingValue): readonly RecordHeader[] {
    const id = decisionIdIn(bytes, start, this.#form.format);
    const subject = record?.key ?? undefined;
    return [
      SPEC_VERSION,
      { name: 'ce_id', value: id },
      this.#source,
      TYPE,
      { name: 'ce_time', value: decidedAt },
      // The session: what outputs are keyed by.
      ...(subject === undefined || subject.length === 0 || !isUtf8(subject)
        ? []
        : [{ name: 'ce_subject', value: subject }]),
      ...traceHeaders(record?.headers ?? NONE, CE_PREFIX),
    ];
  }
}

function isCloudEventIn(headers: readonly RecordHeader[]): boolean {
  return headers.some(({ name, value }) => {
    if (name === BINARY_MODE) return true;
    return name.toLowerCase() === CONTENT_TYPE && value !== null && STRUCTURED_MODE.test(Buffer.from(value).toString());
  });
}

/** The first member of every decision, which is hexadecimal digits. */
function decisionIdIn(bytes: Uint8Array, start: number, format: OutputForm['format']): Uint8Array {
  const at = start + ID_AT[format];
  if (format === 'json') return bytes.subarray(at, bytes.indexOf(QUOTE, at));
  // A length below 64 is one byte, twice as large.
  return bytes.subarray(at + 1, at + 1 + (bytes[at] ?? 0) / 2);
}

function header(name: string, text: string): RecordHeader {
  return { name, value: Buffer.from(text) };
}
