import { hash } from 'node:crypto';
import type { OutsideEvent, OutsideLimits } from './read-event.ts';

/** A session as the contract defines it, as far as it depends on its events alone. */
export interface FoldedSession {
  readonly seq: number;
  readonly digest: string;
  readonly startedAtMs: number;
  readonly clockMs: number;
  readonly calls: number;
  readonly mode: string | undefined;
  readonly approvalProfile: string | undefined;
  readonly ended: boolean;
  /** The last events, oldest first: what a second delivery and a reused id are known by. */
  readonly recent: readonly { readonly eventId: string; readonly content: string }[];
}

/** What an event is to its session. A conflict is folded like a new event, and denied. */
export type Folded =
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'new' | 'conflict'; readonly session: FoldedSession; readonly startsAnew: boolean };

/** Folds one event into its session by the contract's sections 1 to 3, sharing no code with Tollgate. */
export function fold(previous: FoldedSession | undefined, event: OutsideEvent, limits: OutsideLimits): Folded {
  let isConflict = false;
  for (const { eventId, content } of previous?.recent ?? []) {
    if (eventId !== event.eventId) continue;
    if (content === event.content) return { kind: 'duplicate' };
    isConflict = true;
  }
  const isReset = event.trusted && event.type === 'session_reset';
  const isIdle = previous !== undefined && event.occurredAtMs - previous.clockMs > limits.sessionIdleMs;
  const startsAnew = previous === undefined || isReset || isIdle;
  const base = startsAnew ? begun(previous, event, isReset) : previous;
  const recent = base.recent.slice(Math.max(0, base.recent.length + 1 - limits.duplicateWindow));
  recent.push({ eventId: event.eventId, content: event.content });
  const session: FoldedSession = {
    seq: base.seq + 1,
    digest: `sha256:${hash('sha256', base.digest + event.identity)}`,
    startedAtMs: base.startedAtMs,
    clockMs: Math.max(base.clockMs, event.occurredAtMs),
    calls: base.calls + (event.type === 'tool_call' ? 1 : 0),
    mode: (event.trusted ? event.mode : undefined) ?? base.mode,
    approvalProfile: (event.trusted ? event.approvalProfile : undefined) ?? base.approvalProfile,
    ended: base.ended || (event.trusted && event.type === 'session_end'),
    recent,
  };
  return { kind: isConflict ? 'conflict' : 'new', session, startsAnew };
}

/** What an authority restricted outlives idleness, not a reset; the memory of duplicates outlives both. */
function begun(previous: FoldedSession | undefined, event: OutsideEvent, isReset: boolean): FoldedSession {
  const atMs = Math.max(previous?.clockMs ?? 0, event.occurredAtMs);
  const kept = isReset ? undefined : previous;
  return {
    seq: 0,
    digest: '',
    startedAtMs: atMs,
    clockMs: atMs,
    calls: 0,
    mode: kept?.mode,
    approvalProfile: kept?.approvalProfile,
    ended: kept?.ended ?? false,
    recent: previous?.recent ?? [],
  };
}
