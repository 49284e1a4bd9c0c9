import type { EventType } from '../domain/event.ts';
import type { Json } from '../domain/json.ts';
import type { Approval, OpenCall, PreviousEvent, Run, Session } from '../domain/session.ts';
import type { Effect } from '../domain/verdict.ts';
import type { WrittenOut } from '../domain/written-out.ts';
import { parseJson } from './parse-json.ts';

/** A session in the shape of `schemas/session-state.v1.avsc`, as it is read. */
export interface SessionState {
  readonly session_id: string;
  readonly seq: number;
  readonly digest: string;
  readonly started_at: number;
  readonly clock: number;
  readonly calls: number;
  readonly calls_by_tool: readonly { readonly tool: string; readonly calls: number }[];
  readonly tools_overflow: boolean;
  readonly repeat: Run;
  readonly near_repeat: Run;
  readonly no_progress: Run;
  readonly last_calls: Buffer;
  readonly period_runs: readonly number[];
  readonly previous: PreviousState | null;
  readonly effects: readonly { readonly effect: string; readonly count: number }[];
  readonly tokens: number;
  readonly cost_usd: number;
  readonly duration_ms: number;
  readonly open_calls: readonly OpenCallState[];
  readonly mode: string | null;
  readonly approval_profile: string | null;
  readonly approvals: readonly ApprovalState[];
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly labels_overflow: boolean;
  readonly errors: number;
  readonly ended: boolean;
  readonly recent: Buffer;
  readonly states: readonly { readonly policy: string; readonly state: string }[];
}

interface PreviousState {
  readonly type: string;
  readonly tool: string | null;
  readonly effect: string;
  readonly occurred_at: number;
}

interface OpenCallState {
  readonly call_id: string;
  readonly fingerprint: string;
  readonly tokens: number;
  readonly cost_usd: number;
  readonly duration_ms: number;
}

interface ApprovalState {
  readonly operation: string | null;
  readonly capability: string | null;
  readonly approver: string | null;
  readonly granted_at: number;
  readonly expires_at: number | null;
}

/** What a policy kept was bounded when it was written; these only stop a file that is not ours. */
const STATE_LIMITS = { maxBytes: 16 * 1024 * 1024, maxDepth: 1_000, maxValues: 1_000_000 };

/** The session that `writeSession` was given. */
export function sessionFrom(state: SessionState): Session {
  const session: WrittenOut<Session> = {
    sessionId: state.session_id,
    seq: state.seq,
    digest: state.digest,
    startedAtMs: state.started_at,
    clockMs: state.clock,
    calls: state.calls,
    callsByTool: new Map(state.calls_by_tool.map(({ tool, calls }) => [tool, calls])),
    toolsOverflow: state.tools_overflow,
    repeat: { key: state.repeat.key, count: state.repeat.count },
    nearRepeat: { key: state.near_repeat.key, count: state.near_repeat.count },
    noProgress: { key: state.no_progress.key, count: state.no_progress.count },
    lastCalls: state.last_calls.toString('hex'),
    periodRuns: state.period_runs,
    previous: state.previous === null ? undefined : previousFrom(state.previous),
    effects: Object.fromEntries(state.effects.map(({ effect, count }) => [effect, count])),
    tokens: state.tokens,
    costUsd: state.cost_usd,
    durationMs: state.duration_ms,
    openCalls: new Map(state.open_calls.map((call) => [call.call_id, openCallFrom(call)])),
    mode: state.mode ?? undefined,
    approvalProfile: state.approval_profile ?? undefined,
    approvals: state.approvals.map(approvalFrom),
    labels: new Map(state.labels.map(({ name, value }) => [name, value])),
    labelsOverflow: state.labels_overflow,
    errors: state.errors,
    ended: state.ended,
    recent: state.recent.toString('hex'),
    states: new Map(state.states.map(({ policy, state: text }) => [policy, readPolicyState(text)])),
  };
  return session as Session;
}

/** What a policy kept, from its JSON text. Throws RejectedInput for what no event could hold either. */
export function readPolicyState(text: string): Json {
  return parseJson(Buffer.from(text), STATE_LIMITS);
}

function previousFrom(state: PreviousState): PreviousEvent {
  const tool = state.tool === null ? undefined : { tool: state.tool };
  return { type: state.type as EventType, ...tool, effect: state.effect as Effect, occurredAtMs: state.occurred_at };
}

function openCallFrom(state: OpenCallState): OpenCall {
  const { fingerprint, tokens, cost_usd: costUsd, duration_ms: durationMs } = state;
  return { fingerprint, tokens, costUsd, durationMs };
}

function approvalFrom(state: ApprovalState): Approval {
  return {
    ...(state.operation === null ? undefined : { operation: state.operation }),
    ...(state.capability === null ? undefined : { capability: state.capability }),
    ...(state.approver === null ? undefined : { approver: state.approver }),
    grantedAtMs: state.granted_at,
    ...(state.expires_at === null ? undefined : { expiresAtMs: state.expires_at }),
  };
}
