import type { Event } from '../domain/event.ts';
import { type Run, SESSION_BOUNDS, type Session } from '../domain/session.ts';
import { applyAuthority } from './authority.ts';
import { NO_PERIOD_RUNS, nextLastCalls, nextPeriodRuns } from './cycle.ts';
import { remember } from './duplicates.ts';
import { type EventPrint, nextDigest } from './identity.ts';
import { nearRepeatKey } from './near-repeat.ts';
import { spend } from './usage.ts';

/** The limits that folding obeys (`limits` of the configuration). */
export interface FoldLimits {
  readonly sessionIdleMs: number;
  readonly duplicateWindow: number;
}

const NO_RUN: Run = { key: '', count: 0 };

/**
 * Folds one event into its session: the facts that policies see as `input.session`. Pure; depends on no policy.
 * A session whose clock jumps by more than `sessionIdleMs`, or that the control topic resets, starts anew with this
 * event; what was seen for duplicates stays.
 */
export function foldEvent(previous: Session | undefined, event: Event, print: EventPrint, limits: FoldLimits): Session {
  const base = previous === undefined || startsAnew(previous, event, limits) ? freshSession(previous, event) : previous;
  const clockMs = Math.max(base.clockMs, event.occurredAtMs);
  return {
    ...base,
    ...spend(base, event, print.fingerprint),
    ...applyAuthority(base, event, clockMs),
    ...(event.type === 'tool_call' ? foldCall(base, event, print) : undefined),
    ...(event.type === 'tool_result' ? foldResult(base, event, print) : undefined),
    seq: base.seq + 1,
    digest: nextDigest(base.digest, print.identity),
    clockMs,
    recent: remember(base.recent, print.idFingerprint, print.recurrenceFingerprint, limits.duplicateWindow),
  };
}

function startsAnew(previous: Session, event: Event, limits: FoldLimits): boolean {
  if (event.trusted && event.type === 'session_reset') return true;
  return event.occurredAtMs - previous.clockMs > limits.sessionIdleMs;
}

/** A reset may be dated before what it ends: the clock goes on from there, so that nothing expired comes back. */
function freshSession(previous: Session | undefined, event: Event): Session {
  const nowMs = Math.max(previous?.clockMs ?? 0, event.occurredAtMs);
  return {
    sessionId: event.sessionId,
    seq: 0,
    digest: '',
    startedAtMs: nowMs,
    clockMs: nowMs,
    calls: 0,
    callsByTool: new Map(),
    toolsOverflow: false,
    repeat: NO_RUN,
    nearRepeat: NO_RUN,
    noProgress: NO_RUN,
    lastCalls: '',
    periodRuns: NO_PERIOD_RUNS,
    effects: {},
    tokens: 0,
    costUsd: 0,
    durationMs: 0,
    openCalls: new Map(),
    approvals: [],
    labels: new Map(),
    labelsOverflow: false,
    errors: 0,
    ended: false,
    recent: previous?.recent ?? '',
    states: new Map(),
  };
}

function foldCall(base: Session, event: Event, print: EventPrint): Partial<Session> {
  const tool = event.tool ?? '';
  const repeat = extend(base.repeat, print.fingerprint);
  const hasRoom = base.callsByTool.has(tool) || base.callsByTool.size < SESSION_BOUNDS.tools;
  return {
    calls: base.calls + 1,
    callsByTool: hasRoom ? counted(base.callsByTool, tool) : base.callsByTool,
    toolsOverflow: base.toolsOverflow || !hasRoom,
    repeat,
    nearRepeat: extend(base.nearRepeat, repeat.count > 1 ? base.nearRepeat.key : nearRepeatKey(print.canonical)),
    periodRuns: nextPeriodRuns(base.periodRuns, base.lastCalls, print.fingerprint),
    lastCalls: nextLastCalls(base.lastCalls, print.fingerprint),
  };
}

/** Same call, same result: the call is known by its `call_id` while it is open, the result by its own content. */
function foldResult(base: Session, event: Event, print: EventPrint): Partial<Session> {
  const call = event.callId === undefined ? undefined : base.openCalls.get(event.callId);
  return { noProgress: extend(base.noProgress, `${call?.fingerprint ?? ''}${print.fingerprint}`) };
}

function extend(run: Run, key: string): Run {
  return { key, count: run.key === key ? run.count + 1 : 1 };
}

function counted(counts: ReadonlyMap<string, number>, key: string): ReadonlyMap<string, number> {
  return new Map(counts).set(key, (counts.get(key) ?? 0) + 1);
}
