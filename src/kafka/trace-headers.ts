import type { RecordHeader } from '../domain/record.ts';

/** W3C Trace Context, section 3.2: version, trace, parent, flags. A later version may have more behind another hyphen. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x21-\x7e]*)?$/;
const VERSION_00 = /^00-.{52}$/;
const MAX_TRACEPARENT_BYTES = 256;
/** Section 3.3: a list of members, of which at least 512 characters should be passed on; it may be no longer here. */
const TRACESTATE = /^[\x20-\x7e]*=[\x20-\x7e]*$/;
const MAX_TRACESTATE_BYTES = 512;

/**
 * The trace that a record belongs to, as it goes on with what came of it: `<prefix>traceparent`, and with a valid one
 * `<prefix>tracestate`. What is not of W3C's form is dropped, and so is one that comes twice.
 */
export function traceHeaders(headers: readonly RecordHeader[], prefix = ''): readonly RecordHeader[] {
  const parent = onlyOne(headers, `${prefix}traceparent`);
  if (parent === undefined || !isTraceparent(parent.value)) return [];
  const state = onlyOne(headers, `${prefix}tracestate`);
  return state !== undefined && isTracestate(state.value) ? [parent, state] : [parent];
}

function onlyOne(headers: readonly RecordHeader[], name: string): RecordHeader | undefined {
  const [first, second] = headers.filter((header) => header.name === name);
  return second === undefined ? first : undefined;
}

function isTraceparent(value: Uint8Array | null): boolean {
  if (value === null || value.length > MAX_TRACEPARENT_BYTES) return false;
  const text = Buffer.from(value).toString('latin1');
  return TRACEPARENT.test(text) && (VERSION_00.test(text) || !text.startsWith('00'));
}

function isTracestate(value: Uint8Array | null): boolean {
  return (
    value !== null && value.length <= MAX_TRACESTATE_BYTES && TRACESTATE.test(Buffer.from(value).toString('latin1'))
  );
}
