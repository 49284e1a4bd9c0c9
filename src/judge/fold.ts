import type { Event } from '../domain/event.ts';
import { type Run, SESSION_BOUNDS, type Session } from '../domain/session.ts';
import type { WrittenOut } from '../domain/written-out.ts';
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

/** The next session while it is being made: the judge's own until it is concluded. What its members hold is shared. */
export type Changing = { -readonly [K in keyof Session]: Session[K] };

/**
 * Folds one event into its session: the facts that policies see as `input.session`. Depends on no policy, and leaves
 * `previous` as it is. A session whose clock jumps by more than `sessionIdleMs`, or that the control topic resets, starts
 * anew with this event; what was seen for duplicates stays, and over idleness what an authority restricted.
 */
export function foldEvent(
  previous: Session | undefined,
  event: Event,
  print: EventPrint,
  limits: FoldLimits,
): Changing {
  const base = previous === undefined || startsAnew(previous, event, limits) ? freshSession(previous, event) : previous;
  const next = copyOf(base);
  next.seq = base.seq + 1;
  next.digest = nextDigest(base.digest, print.identity);
  next.clockMs = Math.max(base.clockMs, event.occurredAtMs);
  next.recent = remember(base.recent, print.idFingerprint, print.recurrenceFingerprint, limits.duplicateWindow);
  spend(next, event, print.fingerprint);
  foldAuthority(next, event);
  if (event.type === 'tool_call') foldCall(next, event, print);
  if (event.type === 'tool_result') foldResult(next, base, event, print);
  return next;
}

/**
 * The one copy of an event's session: all else, and what its decision adds, is set in it. Written out, which is faster than
 * to spread, and gives all sessions one shape.
 */
function copyOf(session: Session): Changing {
  const copy: WrittenOut<Session> = {
    sessionId: session.sessionId,
    seq: session.seq,
    digest: session.digest,
    startedAtMs: session.startedAtMs,
    clockMs: session.clockMs,
    calls: session.calls,
    callsByTool: session.callsByTool,
    toolsOverflow: session.toolsOverflow,
    repeat: session.repeat,
    nearRepeat: session.nearRepeat,
    noProgress: session.noProgress,
    lastCalls: session.lastCalls,
    periodRuns: session.periodRuns,
    previous: session.previous,
    effects: session.effects,
    tokens: session.tokens,
    costUsd: session.costUsd,
    durationMs: session.durationMs,
    openCalls: session.openCalls,
    mode: session.mode,
    approvalProfile: session.approvalProfile,
    approvals: session.approvals,
    labels: session.labels,
    labelsOverflow: session.labelsOverflow,
    errors: session.errors,
    ended: session.ended,
    recent: session.recent,
    states: session.states,
  };
  return copy as Changing;
}

function startsAnew(previous: Session, event: Event, limits: FoldLimits): boolean {
  if (isReset(event)) return true;
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
    ...keptAuthority(previous, event),
  };
}

/**
 * What an authority restricted outlives idleness: time is the fleet's claim, and must not lead out of a mode or back from
 * an end. Grants do not outlive it; a reset by the authority itself ends both.
 */
function keptAuthority(previous: Session | undefined, event: Event): Partial<Session> | undefined {
  if (previous === undefined || isReset(event)) return undefined;
  const { mode, approvalProfile, ended } = previous;
  return {
    ended,
    ...(mode === undefined ? undefined : { mode }),
    ...(approvalProfile === undefined ? undefined : { approvalProfile }),
  };
}

function isReset(event: Event): boolean {
  return event.trusted && event.type === 'session_reset';
}

function foldAuthority(next: Changing, event: Event): void {
  if (!event.trusted && next.approvals.length === 0) return;
  const { approvals, ended, mode, approvalProfile } = applyAuthority(next, event, next.clockMs);
  next.approvals = approvals;
  if (ended !== undefined) next.ended = ended;
  if (mode !== undefined) next.mode = mode;
  if (approvalProfile !== undefined) next.approvalProfile = approvalProfile;
}

function foldCall(next: Changing, event: Event, print: EventPrint): void {
  const tool = event.tool ?? '';
  const { fingerprint } = print;
  const hasRoom = next.callsByTool.has(tool) || next.callsByTool.size < SESSION_BOUNDS.tools;
  next.calls++;
  if (hasRoom) next.callsByTool = counted(next.callsByTool, tool);
  else next.toolsOverflow = true;
  next.repeat = extend(next.repeat, fingerprint);
  const nearKey = next.repeat.count > 1 ? next.nearRepeat.key : nearRepeatKey(print.canonical);
  next.nearRepeat = extend(next.nearRepeat, nearKey);
  next.periodRuns = nextPeriodRuns(next.periodRuns, next.lastCalls, fingerprint);
  next.lastCalls = nextLastCalls(next.lastCalls, fingerprint);
}

/** Same call, same result: the call is known by its `call_id` while it is open, the result by its own content. */
function foldResult(next: Changing, base: Session, event: Event, print: EventPrint): void {
  const call = event.callId === undefined ? undefined : base.openCalls.get(event.callId);
  next.noProgress = extend(next.noProgress, `${call?.fingerprint ?? ''}${print.fingerprint}`);
}

function extend(run: Run, key: string): Run {
  return { key, count: run.key === key ? run.count + 1 : 1 };
}

function counted(counts: ReadonlyMap<string, number>, key: string): ReadonlyMap<string, number> {
  // A loop, since `new Map(counts)` makes a pair for each entry.
  const next = new Map<string, number>();
  for (const [name, count] of counts) next.set(name, count);
  return next.set(key, (counts.get(key) ?? 0) + 1);
}
