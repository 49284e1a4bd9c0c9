import type { Event } from '../../src/domain/event.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { PolicyView } from '../../src/domain/policy.ts';
import type { Session } from '../../src/domain/session.ts';
import type { Answer } from '../../src/domain/verdict.ts';
import { EGRESS } from '../../src/inspectors/egress.ts';

/** An event of a tool, with its payload fields in wire form. */
export function anEvent(tool: string, payload: JsonObject, type: Event['type'] = 'tool_call'): Event {
  const fields: JsonObject = {
    event_id: 'e1',
    type,
    session_id: 's1',
    occurred_at: 1_700_000_000_000,
    tool,
    ...payload,
  };
  return {
    eventId: 'e1',
    type,
    sessionId: 's1',
    occurredAt: 1_700_000_000_000,
    occurredAtMs: 1_700_000_000_000,
    tool,
    params: payload.params ?? {},
    ...(payload.result !== undefined && { result: payload.result }),
    ...(payload.context !== undefined && { context: payload.context as JsonObject }),
    phase: 'pre',
    claims: {},
    extra: {},
    trusted: false,
    fields,
  };
}

/** What an inspector sees of a call; `count` is the session's trailing run of identical calls, this one included. */
export function aView(tool: string, params: Json, count = 1, type: Event['type'] = 'tool_call'): PolicyView {
  return {
    event: anEvent(tool, { params }, type),
    session: aSession(count),
    identity: `sha256:${'0'.repeat(64)}`,
    facts: {},
    state: undefined,
    input: () => '{}',
  };
}

function aSession(count: number): Session {
  const none = { key: '', count: 0 };
  return {
    sessionId: 's1',
    seq: count,
    digest: `sha256:${'0'.repeat(64)}`,
    startedAtMs: 0,
    clockMs: 0,
    calls: count,
    callsByTool: new Map(),
    toolsOverflow: false,
    repeat: { key: 'k', count },
    nearRepeat: none,
    noProgress: none,
    lastCalls: '',
    periodRuns: [],
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
    recent: '',
    states: new Map(),
  };
}

/** The egress inspector's answer to one call. */
export function egress(tool: string, params: Json, options: JsonObject = {}): Answer {
  return EGRESS.create(options)(aView(tool, params));
}
