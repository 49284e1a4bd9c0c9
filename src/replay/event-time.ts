import { parseTime } from '../codec/parse-time.ts';
import { topLevelString } from '../codec/record-key.ts';

const FIELD = 'occurred_at';

/** An event's `occurred_at` in milliseconds, found without decoding the event; undefined when it has none. */
export function eventTime(value: Uint8Array | null): number | undefined {
  if (value === null) return undefined;
  const text = topLevelString(value, FIELD);
  const time = text ?? numberIn(value);
  return time === undefined ? undefined : parseTime(time);
}

/** Epoch milliseconds: a whole parse, because a second scanner that must agree with the first is worse. */
function numberIn(value: Uint8Array): number | undefined {
  try {
    const event: unknown = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
    if (typeof event !== 'object' || event === null || !(FIELD in event)) return undefined;
    return typeof event[FIELD] === 'number' ? event[FIELD] : undefined;
  } catch {
    return undefined;
  }
}
