import { parseTime } from '../codec/parse-time.ts';
import type { Event } from '../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { type Approval, SESSION_BOUNDS, type Session } from '../domain/session.ts';

/** The part of a session that only the control topic can change. */
export type Granted = Pick<Session, 'approvals' | 'ended'> & { mode?: string; approvalProfile?: string };

/**
 * Applies what a trusted event grants; from the fleet the same fields are claims and change nothing. Grants that have
 * run out by the session's clock are dropped either way.
 */
export function applyAuthority(session: Granted, event: Event, clockMs: number): Granted {
  const alive = liveApprovals(session.approvals, clockMs);
  if (!event.trusted) return { ...session, approvals: alive };
  const { mode, approval_profile: profile, approvals } = event.claims;
  const granted: Granted = {
    ...session,
    approvals: withNew(alive, approvals, event.occurredAtMs, clockMs),
    ended: session.ended || event.type === 'session_end',
  };
  if (typeof mode === 'string') granted.mode = mode;
  if (typeof profile === 'string') granted.approvalProfile = profile;
  return granted;
}

function liveApprovals(approvals: readonly Approval[], clockMs: number): readonly Approval[] {
  const isLive = (approval: Approval) => approval.expiresAtMs === undefined || approval.expiresAtMs > clockMs;
  return approvals.every(isLive) ? approvals : approvals.filter(isLive);
}

function withNew(
  approvals: readonly Approval[],
  granted: Json | undefined,
  atMs: number,
  clockMs: number,
): readonly Approval[] {
  if (!Array.isArray(granted)) return approvals;
  const read = granted.map((item: Json) => approvalFrom(item, atMs)).filter((item) => item !== undefined);
  return liveApprovals([...approvals, ...read], clockMs).slice(-SESSION_BOUNDS.approvals);
}

/** Reads one grant; what names neither an operation nor a capability, or an unreadable expiry, grants nothing. */
function approvalFrom(item: Json, grantedAtMs: number): Approval | undefined {
  if (typeof item === 'string') return { ...subjectOf(item), grantedAtMs };
  if (!isJsonObject(item)) return undefined;
  const subject = subjectFrom(item);
  const expiry = expiryFrom(item.expires_at);
  if (subject === undefined || expiry === undefined) return undefined;
  const approver = typeof item.approver === 'string' ? { approver: item.approver } : {};
  return { ...subject, ...approver, grantedAtMs, ...expiry };
}

function subjectFrom(item: JsonObject): Pick<Approval, 'operation' | 'capability'> | undefined {
  if (typeof item.operation === 'string') return { operation: item.operation };
  if (typeof item.capability === 'string') return { capability: item.capability };
  return undefined;
}

function subjectOf(name: string): Pick<Approval, 'operation' | 'capability'> {
  return name.startsWith('sha256:') ? { operation: name } : { capability: name };
}

function expiryFrom(value: Json | undefined): Pick<Approval, 'expiresAtMs'> | undefined {
  if (value === undefined || value === null) return {};
  const expiresAtMs = typeof value === 'string' || typeof value === 'number' ? parseTime(value) : undefined;
  return expiresAtMs === undefined ? undefined : { expiresAtMs };
}
