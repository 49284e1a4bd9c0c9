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
 * its place, amount by amount, so that nothing is counted twice and nothing is free before its result is in. Only
 * actual usage does: were one estimate to replace another, a fleet that gives all its calls one `call_id` would pay for
 * the last of them.
 */
export function spend(session: Spending, event: Event, fingerprint: string): Spending {
  const { callId, usage } = event;
  const open = (callId === undefined ? undefined : session.openCalls.get(callId)) ?? NOTHING;
  const isEstimate = usage?.estimate === true;
  const tokens = account(session.tokens, open.tokens, tokensOf(usage), isEstimate);
  const cost = account(session.costUsd, open.costUsd, usage?.costUsd, isEstimate);
  const duration = account(session.durationMs, open.durationMs, usage?.durationMs, isEstimate);
  const reserved = { tokens: tokens.reserved, costUsd: cost.reserved, durationMs: duration.reserved };
  return {
    tokens: tokens.total,
    costUsd: cost.total,
    durationMs: duration.total,
    openCalls: nextOpenCalls(session.openCalls, event, fingerprint, reserved),
  };
}

/** One amount of the session, and what of it the event's call has reserved. */
interface Account {
  readonly total: number;
  readonly reserved: number;
}

/** An amount that the event does not name changes nothing: its reservation stays. */
function account(total: number, reserved: number, used: number | undefined, isEstimate: boolean): Account {
  if (used === undefined) return { total, reserved };
  if (isEstimate) return { total: total + used, reserved: reserved + used };
  // Fractions leave dust when what was added is taken off again: a total is never below zero for it.
  return { total: Math.max(0, total + used - reserved), reserved: 0 };
}

function nextOpenCalls(
  openCalls: ReadonlyMap<string, OpenCall>,
  event: Event,
  fingerprint: string,
  reserved: Amounts,
): ReadonlyMap<string, OpenCall> {
  const { callId, type } = event;
  if (callId === undefined) return openCalls;
  if (type === 'tool_result') return without(openCalls, callId);
  const known = openCalls.get(callId);
  if (type !== 'tool_call' && (known === undefined || event.usage === undefined)) return openCalls;
  const next = new Map(openCalls);
  next.delete(callId);
  const { tokens, costUsd, durationMs } = reserved;
  const ofCall = type === 'tool_call' ? fingerprint : (known?.fingerprint ?? '');
  next.set(callId, { fingerprint: ofCall, tokens, costUsd, durationMs });
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

function tokensOf(usage: Usage | undefined): number | undefined {
  if (usage?.inputTokens === undefined && usage?.outputTokens === undefined) return undefined;
  return (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0);
}
