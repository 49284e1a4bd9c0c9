import type { Event, Usage } from '../domain/event.ts';
import { type OpenCall, SESSION_BOUNDS, type Session } from '../domain/session.ts';

interface Amounts {
  readonly tokens: number;
  readonly costUsd: number;
  readonly durationMs: number;
}

const NOTHING: Amounts = { tokens: 0, costUsd: 0, durationMs: 0 };

/** The part of a session that usage and open calls make up. */
export type Spending = { -readonly [K in keyof Amounts | 'openCalls']: Session[K] };

/**
 * Adds an event's usage, in place. An estimate is a reservation: it counts at once, and the actual usage of the same call takes
 * its place, amount by amount, so that nothing is counted twice and nothing is free before its result is in. Only
 * actual usage does: were one estimate to replace another, a fleet that gives all its calls one `call_id` would pay for
 * the last of them.
 */
export function spend(session: Spending, event: Event, fingerprint: string): void {
  const { callId, usage } = event;
  const open = callId === undefined ? undefined : session.openCalls.get(callId);
  if (usage !== undefined) {
    const { tokens, costUsd, durationMs } = open ?? NOTHING;
    const isEstimate = usage.estimate === true;
    session.tokens = totalAfter(session.tokens, tokens, tokensOf(usage), isEstimate);
    session.costUsd = totalAfter(session.costUsd, costUsd, usage.costUsd, isEstimate);
    session.durationMs = totalAfter(session.durationMs, durationMs, usage.durationMs, isEstimate);
  }
  if (callId !== undefined) session.openCalls = nextOpenCalls(session.openCalls, callId, open, event, fingerprint);
}

/** An amount that the event does not name changes nothing. */
function totalAfter(total: number, reserved: number, used: number | undefined, isEstimate: boolean): number {
  if (used === undefined) return total;
  // Fractions leave dust when what was added is taken off again: a total is never below zero for it.
  return isEstimate ? total + used : Math.max(0, total + used - reserved);
}

/** What of an amount stays reserved for the call: all of it while the event does not name it. */
function reservedAfter(reserved: number, used: number | undefined, isEstimate: boolean): number {
  if (used === undefined) return reserved;
  return isEstimate ? reserved + used : 0;
}

function nextOpenCalls(
  openCalls: ReadonlyMap<string, OpenCall>,
  callId: string,
  known: OpenCall | undefined,
  { type, usage }: Event,
  fingerprint: string,
): ReadonlyMap<string, OpenCall> {
  if (type === 'tool_result') return known === undefined ? openCalls : without(openCalls, callId);
  if (type !== 'tool_call' && (known === undefined || usage === undefined)) return openCalls;
  const next = new Map(openCalls);
  next.delete(callId);
  const { tokens, costUsd, durationMs } = known ?? NOTHING;
  const isEstimate = usage?.estimate === true;
  next.set(callId, {
    fingerprint: type === 'tool_call' ? fingerprint : (known?.fingerprint ?? ''),
    tokens: reservedAfter(tokens, tokensOf(usage), isEstimate),
    costUsd: reservedAfter(costUsd, usage?.costUsd, isEstimate),
    durationMs: reservedAfter(durationMs, usage?.durationMs, isEstimate),
  });
  if (next.size > SESSION_BOUNDS.openCalls) dropOldest(next);
  return next;
}

function without(openCalls: ReadonlyMap<string, OpenCall>, callId: string): ReadonlyMap<string, OpenCall> {
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
