import { FIELD_BOUNDS } from '../codec/event-fields.ts';
import { asText } from '../codec/field-checks.ts';
import { parseTime } from '../codec/parse-time.ts';
import type { Event } from '../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { type Approval, SESSION_BOUNDS, type Session } from '../domain/session.ts';

/** What authority changes of a session: nothing else of it is in here, since the fold spreads it over the session. */
export type Granted = Pick<Session, 'approvals'> & { ended?: boolean; mode?: string; approvalProfile?: string };

/**
 * What a trusted event grants; from the fleet the same fields are claims and change nothing. Grants that have run out by
 * the session's clock are dropped either way.
 */
export function applyAuthority(session: Pick<Session, 'approvals'>, event: Event, clockMs: number): Granted {
  const alive = liveApprovals(session.approvals, clockMs);
  if (!event.trusted) return { approvals: alive };
  const { mode, approval_profile: profile, approvals } = event.claims;
  const granted: Granted = { approvals: withNew(alive, approvals, event.occurredAtMs, clockMs) };
  if (event.type === 'session_end') granted.ended = true;
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

/**
 * Reads one grant. What names neither an operation nor a capability, and whatever has a member that cannot be read,
 * grants nothing: of a grant for one operation a slip must not leave the wider one.
 */
function approvalFrom(item: Json, grantedAtMs: number): Approval | undefined {
  if (typeof item === 'string') return { ...subjectOf(item), grantedAtMs };
  if (!isJsonObject(item)) return undefined;
  const subject = subjectFrom(item);
  const approver = nameFrom('approver', item.approver);
  const expiry = expiryFrom(item.expires_at);
  if (subject === undefined || approver === undefined || expiry === undefined) return undefined;
  return { ...subject, ...approver, grantedAtMs, ...expiry };
}

function subjectFrom({ operation, capability }: JsonObject): Pick<Approval, 'operation' | 'capability'> | undefined {
  if (isAbsent(operation)) return isAbsent(capability) ? undefined : nameFrom('capability', capability);
  return nameFrom('operation', operation);
}

/** A name of a grant, {} when absent, undefined when it is none. Bounded, since the session keeps it. */
function nameFrom(
  member: 'operation' | 'capability' | 'approver',
  value: Json | undefined,
): Partial<Approval> | undefined {
  if (isAbsent(value)) return {};
  const name = asText(value, FIELD_BOUNDS.idChars);
  return name === undefined ? undefined : { [member]: name };
}

function isAbsent(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null;
}

function subjectOf(name: string): Pick<Approval, 'operation' | 'capability'> {
  return name.startsWith('sha256:') ? { operation: name } : { capability: name };
}

function expiryFrom(value: Json | undefined): Pick<Approval, 'expiresAtMs'> | undefined {
  if (isAbsent(value)) return {};
  const expiresAtMs = typeof value === 'string' || typeof value === 'number' ? parseTime(value) : undefined;
  return expiresAtMs === undefined ? undefined : { expiresAtMs };
}
