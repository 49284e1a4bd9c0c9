import type { Event } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Verdict } from '../../src/domain/verdict.ts';

/** A tool call whose payload fields (`params`, `result`, `context`, `material`) are given in wire form. */
export function anEvent(payload: JsonObject = {}, members: Partial<Event> = {}): Event {
  const fields: JsonObject = {
    event_id: 'e1',
    type: 'tool_call',
    session_id: 's1',
    occurred_at: 1_700_000_000_000,
    tool: 'shell',
    ...payload,
  };
  return {
    eventId: 'e1',
    type: 'tool_call',
    sessionId: 's1',
    occurredAt: 1_700_000_000_000,
    occurredAtMs: 1_700_000_000_000,
    tool: 'shell',
    params: payload.params ?? {},
    ...(payload.result !== undefined && { result: payload.result }),
    phase: 'pre',
    claims: {},
    extra: {},
    trusted: false,
    fields,
    ...members,
  };
}

/** The same event without a tool. */
export function withoutTool(event: Event): Event {
  const { tool: _, ...rest } = event;
  return rest;
}

/** An enforced allow of policy `p`, changed as given. */
export function aVerdict(members: Partial<Verdict> = {}): Verdict {
  return { policy: 'p', version: 'sha256:v', mode: 'enforce', effect: 'allow', ...members };
}
