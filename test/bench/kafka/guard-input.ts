import type { JsonObject } from '../../../src/domain/json.ts';

/** What a policy is told of a session's history when nobody keeps one: the first call, always. */
const SESSION: JsonObject = {
  seq: 1,
  started_at: 1_772_409_600_000,
  elapsed_ms: 0,
  calls: 1,
  calls_by_tool: { read_file: 1 },
  repeat: { count: 1 },
  cycle: { period: 0, count: 0 },
  near_repeat: { count: 1 },
  no_progress: { count: 0 },
  tools_seen: ['read_file'],
  tools_seen_overflow: false,
  effects: {},
  tokens: 1000,
  cost_usd: 0.001,
  duration_ms: 0,
  approvals: [],
  labels: {},
  labels_overflow: false,
  errors: 0,
  ended: false,
  digest: `sha256:${'0'.repeat(64)}`,
};
const IDENTITY = `sha256:${'0'.repeat(64)}`;

/**
 * The guard's input for an event, of the same members and about the same size as ours (contract, section 2), made without
 * state: what changes from event to event of a session is constant here, and of the facts only a `url` is looked at.
 */
export function guardInput(event: JsonObject): JsonObject {
  return {
    ...event,
    phase: 'before',
    input_identity: IDENTITY,
    trusted: false,
    session: SESSION,
    facts: { hosts: hostsOf(event.params as JsonObject) },
    claims: {},
    extra: {},
  };
}

function hostsOf({ url }: JsonObject): readonly string[] {
  return typeof url === 'string' && URL.canParse(url) ? [new URL(url).hostname] : [];
}
