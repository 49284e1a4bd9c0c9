import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../../src/codec/decode-event.ts';
import { LIMITS } from '../../codec/given.ts';
import { seeded } from '../../kafka/load/random.ts';
import { CONTRACT_LIMITS, readEvent } from '../../kafka/outside/read-event.ts';
import { HOSTILE_KINDS, hostileKind, hostileValue } from './hostile-values.ts';

/** `limits.maxJsonValues` is set to fewer by default. */
const DEFAULTS = { ...LIMITS, maxValues: CONTRACT_LIMITS.maxJsonValues };
const NOW_MS = Date.UTC(2026, 0, 1);

describe('hostile input', () => {
  const kinds = Array.from({ length: HOSTILE_KINDS }, (_, n) => [hostileKind(n), n] as const);

  it.each(kinds)('%s is to the checker what it is to Tollgate', (_, n) => {
    const value = hostileValue(n, `e-${n}`, 's', Date.UTC(2025, 1, 1), seeded(n));
    const record = { partition: 0, offset: 0, timestampMs: NOW_MS, key: null, value, headers: new Map() };
    const seen = readEvent(record, false, CONTRACT_LIMITS);
    const decoded = decodeEvent(value, { trusted: false, timestampMs: NOW_MS }, DEFAULTS);
    expect(decoded.kind).toBe(seen.kind);
  });

  it('is an event or none, about as often', () => {
    const events = kinds.filter(([, n]) => {
      const value = hostileValue(n, `e-${n}`, 's', Date.UTC(2025, 1, 1), seeded(n));
      return decodeEvent(value, { trusted: false, timestampMs: NOW_MS }, DEFAULTS).kind === 'event';
    });
    expect(events.length).toBeGreaterThan(HOSTILE_KINDS / 3);
    expect(events.length).toBeLessThan((2 * HOSTILE_KINDS) / 3);
  });
});
