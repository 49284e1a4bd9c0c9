/** Whether an event was seen among the session's last ones: not at all, the very same, or its id with other content. */
export type Recurrence = 'new' | 'duplicate' | 'conflict';

/**
 * Looks an event up in `Session.recent`. A duplicate wins over a conflict: of two contents under one id, a second
 * delivery of either is a duplicate.
 */
export function recurrenceOf(recent: readonly string[], idFingerprint: string, fingerprint: string): Recurrence {
  let found: Recurrence = 'new';
  for (const entry of recent) {
    if (!entry.startsWith(idFingerprint)) continue;
    if (entry.endsWith(fingerprint)) return 'duplicate';
    found = 'conflict';
  }
  return found;
}

/** `recent` with one more event, cut to the last `window` events. */
export function remember(
  recent: readonly string[],
  idFingerprint: string,
  fingerprint: string,
  window: number,
): readonly string[] {
  const kept = recent.slice(Math.max(0, recent.length - window + 1));
  kept.push(idFingerprint + fingerprint);
  return kept;
}
