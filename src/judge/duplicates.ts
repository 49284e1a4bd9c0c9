/** Whether an event was seen among the session's last ones: not at all, the very same, or its id with other content. */
export type Recurrence = 'new' | 'duplicate' | 'conflict';

/** Digits of an event's id and of its content in `Session.recent`. */
const ID_DIGITS = 16;
const CONTENT_DIGITS = 32;
const ENTRY_DIGITS = ID_DIGITS + CONTENT_DIGITS;

/**
 * Looks an event up in `Session.recent`. A duplicate wins over a conflict: of two contents under one id, a second
 * delivery of either is a duplicate.
 */
export function recurrenceOf(recent: string, idFingerprint: string, fingerprint: string): Recurrence {
  let found: Recurrence = 'new';
  for (let at = recent.indexOf(idFingerprint); at >= 0; at = recent.indexOf(idFingerprint, at + 1)) {
    // The same digits may stand elsewhere too: only where an entry begins are they an id.
    if (at % ENTRY_DIGITS !== 0) continue;
    if (recent.startsWith(fingerprint, at + ID_DIGITS)) return 'duplicate';
    found = 'conflict';
  }
  return found;
}

/** `recent` with one more event, cut to the last `window` events. */
export function remember(recent: string, idFingerprint: string, fingerprint: string, window: number): string {
  const excess = recent.length - (window - 1) * ENTRY_DIGITS;
  return (excess > 0 ? recent.slice(excess) : recent) + idFingerprint + fingerprint;
}
