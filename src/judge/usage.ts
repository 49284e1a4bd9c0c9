import type { Event, Usage } from '../domain/event.ts';
import { type OpenCall, SESSION_BOUNDS, type Session } from '../domain/session.ts';

interface Amounts {
  readonly tokens: number;
  readonly costUsd: number;
  readonly durationMs: number;
}

const NOTHING: Amounts = { tokens: 0, costUsd: 0, durationMs: 0 };

/** The part of a session that usage and open calls make up. */
export type Spending = Amounts & Pick<Session, 'openCalls'>;

/**
 * Adds an event's usage. An estimate is a reservation: it counts at once, and the actual usage of the same call takes
 * its place, so that nothing is counted twice and nothing is free before its result is in.
 */
export function spend(session: Spending, event: Event, fingerprint: string): Spending {
  const used = amountsOf(event.usage);
  const open = event.callId === undefined ? undefined : session.openCalls.get(event.callId);
  const replaced = event.usage !== undefined && open !== undefined ? open : NOTHING;
  return {
    tokens: session.tokens + used.tokens - replaced.tokens,
    costUsd: session.costUsd + used.costUsd - replaced.costUsd,
    durationMs: session.durationMs + used.durationMs - replaced.durationMs,
    openCalls: nextOpenCalls(session.openCalls, event, fingerprint, used),
  };
}

function nextOpenCalls(
  openCalls: ReadonlyMap<string, OpenCall>,
  event: Event,
  fingerprint: string,
  used: Amounts,
): ReadonlyMap<string, OpenCall> {
  const { callId, type } = event;
  if (callId === undefined) return openCalls;
  if (type === 'tool_result') return without(openCalls, callId);
  const known = openCalls.get(callId);
  if (type !== 'tool_call' && (known === undefined || event.usage === undefined)) return openCalls;
  const next = new Map(openCalls);
  next.delete(callId);
  const reserved = event.usage?.estimate === true ? used : NOTHING;
  next.set(callId, { fingerprint: type === 'tool_call' ? fingerprint : (known?.fingerprint ?? ''), ...reserved });
  if (next.size > SESSION_BOUNDS.openCalls) dropOldest(next);
  return next;
}

function without(openCalls: ReadonlyMap<string, OpenCall>, callId: string): ReadonlyMap<string, OpenCall> {
  if (!openCalls.has(callId)) return openCalls;
  const next = new Map(openCalls);
  next.delete(callId);
  return next;
}

/** Its reservation stays counted: what has no result in sight is taken as spent. */
function dropOldest(openCalls: Map<string, OpenCall>): void {
  const oldest = openCalls.keys().next();
  if (!oldest.done) openCalls.delete(oldest.value);
}

function amountsOf(usage: Usage | undefined): Amounts {
  if (usage === undefined) return NOTHING;
  return {
    tokens: (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0),
    costUsd: usage.costUsd ?? 0,
    durationMs: usage.durationMs ?? 0,
  };
}
