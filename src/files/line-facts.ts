/** How lines are looked into without decoding them. Given from outside: an adapter knows no event format. */
export interface LineCodec {
  /** The string under a top-level member of the line's JSON object; undefined when there is none. */
  topLevelString(line: Uint8Array, field: string): string | undefined;
  /** The partition that a record with this key belongs to. */
  partitionOf(key: Uint8Array, partitions: number): number;
  /** An `occurred_at` in milliseconds; undefined when it is no time. */
  parseTime(value: string | number): number | undefined;
}

const TIME_FIELD = 'occurred_at';

/** A line's `session_id` as key bytes; null when it has none that can be read. */
export function lineKey(codec: LineCodec, line: Buffer): Buffer | null {
  const sessionId = codec.topLevelString(line, 'session_id');
  return sessionId === undefined ? null : Buffer.from(sessionId, 'utf8');
}

/** A line's `occurred_at` in milliseconds; undefined when it has none that can be read. */
export function lineTime(codec: LineCodec, line: Buffer): number | undefined {
  const text = codec.topLevelString(line, TIME_FIELD);
  if (text !== undefined) return codec.parseTime(text);
  // Epoch milliseconds: a whole parse, because a second scanner that must agree with the first is worse.
  const value = numberIn(line);
  return value === undefined ? undefined : codec.parseTime(value);
}

function numberIn(line: Buffer): number | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    if (typeof value !== 'object' || value === null || !(TIME_FIELD in value)) return undefined;
    return typeof value[TIME_FIELD] === 'number' ? value[TIME_FIELD] : undefined;
  } catch {
    return undefined;
  }
}
