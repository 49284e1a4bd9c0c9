const ENTRY_DIGITS = 64;
const HALF = ENTRY_DIGITS / 2;

/** Whether an event was seen among the session's last ones: not at all, the very same, or its id with other content. */
export type Recurrence = 'new' | 'duplicate' | 'conflict';

/**
 * Looks an event up in `Session.recent`. A duplicate wins over a conflict: of two contents under one id, a second
 * delivery of either is a duplicate.
 */
export function recurrenceOf(recent: string, idFingerprint: string, fingerprint: string): Recurrence {
  let found: Recurrence = 'new';
  for (let at = recent.indexOf(idFingerprint); at >= 0; at = recent.indexOf(idFingerprint, at + 1)) {
    if (at % ENTRY_DIGITS !== 0) continue;
    if (recent.startsWith(fingerprint, at + HALF)) return 'duplicate';
    found = 'conflict';
  }
  return found;
}

/** `recent` with one more event, cut to the last `window` events. */
export function remember(recent: string, idFingerprint: string, fingerprint: string, window: number): string {
  const grown = recent + idFingerprint + fingerprint;
  const excess = grown.length - window * ENTRY_DIGITS;
  return excess > 0 ? grown.slice(excess) : grown;
}
