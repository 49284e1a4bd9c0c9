import type { DecodeLimits, Origin } from '../../src/codec/decode-event.ts';

/** The limits of the default configuration. */
export const LIMITS: DecodeLimits = { maxBytes: 262_144, maxDepth: 64, maxValues: 50_000, maxClockSkewMs: 300_000 };

export const FLEET: Origin = { trusted: false, timestampMs: -1 };
export const CONTROL: Origin = { trusted: true, timestampMs: -1 };

/** The bytes of a text, at an odd place in a larger buffer, as records lie in a batch. */
export function utf8(text: string): Uint8Array {
  const slab = Buffer.from(`#${text}#`, 'utf8');
  return new Uint8Array(slab.buffer, slab.byteOffset + 1, slab.byteLength - 2);
}

/** Bytes one by one: hex digits and the ASCII texts between them. */
export function bytesOf(...parts: readonly (string | readonly number[])[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))),
  );
}

/** A tool call that decodes; `changes` replaces members, undefined removes one. */
export function eventObject(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    event_id: 'e-1',
    type: 'tool_call',
    session_id: 's-1',
    occurred_at: '2026-03-02T08:00:00Z',
    tool: 'shell',
    params: { command: 'ls' },
    ...changes,
  };
}

export function eventBytes(changes: Record<string, unknown> = {}): Uint8Array {
  return utf8(JSON.stringify(eventObject(changes)));
}
