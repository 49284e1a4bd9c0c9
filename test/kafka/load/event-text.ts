import type { Random } from './random.ts';

/** What an event of the load is about. */
export interface EventPlan {
  readonly n: number;
  readonly eventId: string;
  readonly sessionId: string;
  readonly occurredAtMs: number;
  /** Of the control topic: its word counts. */
  readonly isControl: boolean;
}

const TOOLS = ['read_file', 'write_file', 'shell', 'http', 'git', 'search', 'sql_query', 'übersetzen'];
const WORDS = ['alpha', 'beta', 'gamma', 'straße', '日本', '🙂', 'line\nfeed', 'quote"', 'back\\slash', '\u2028'];
const HOSTS = ['github.com', 'docs.rs', 'unknown.example.net'];
const MODES = ['normal', 'restricted', 'lockdown'];
const CALLS = 0.7;
const RESULTS = 0.85;
const STEPS = 0.95;

/** The JSON text of one event, with its type. Numbers that only some parsers keep are among its params. */
export function eventText(
  plan: EventPlan,
  bytes: number,
  random: Random,
): { readonly type: string; readonly text: string } {
  const body = plan.isControl ? controlBody(plan, random) : fleetBody(plan, random);
  const { n, occurredAtMs } = plan;
  const event = {
    event_id: plan.eventId,
    session_id: plan.sessionId,
    occurred_at: n % 3 === 0 ? new Date(occurredAtMs).toISOString() : occurredAtMs,
    agent_id: `agent-${n % 17}`,
    ...body,
  };
  const text = JSON.stringify(event);
  const room = Math.max(0, bytes - Buffer.byteLength(text) - ',"context":{"note":""}'.length);
  const note = bytes === 0 ? '' : `,"context":{"note":"${'x'.repeat(room)}"}`;
  // Digits that a double cannot hold would not survive JSON.stringify.
  return { type: body.type, text: `${text.slice(0, -1).replace('"LONG"', '12345678901234567890')}${note}}` };
}

function fleetBody({ n }: EventPlan, random: Random): { readonly type: string; readonly [member: string]: unknown } {
  const share = random.next();
  const tool = random.pick(TOOLS);
  const call = { call_id: `call-${n >> 1}`, tool };
  if (share < CALLS) return { type: 'tool_call', ...call, params: paramsOf(tool, random), ...extras(random) };
  if (share < RESULTS) return { type: 'tool_result', ...call, result: resultOf(random), ...extras(random) };
  if (share < STEPS) return { type: 'step', step_id: `step-${n}`, params: { words: [random.pick(WORDS)] } };
  const claims = random.chance(0.5) ? { mode: random.pick(MODES), approvals: ['claimed'] } : {};
  return { type: random.pick(['session_start', 'session_end']), ...claims };
}

/** `session_end` and `session_reset` by authority are rare: much would be forgotten else. */
function controlBody({ n }: EventPlan, random: Random): { readonly type: string; readonly [member: string]: unknown } {
  const share = random.next();
  if (share < 0.45) return { type: 'mode_change', mode: random.pick(MODES), approval_profile: `profile-${n % 3}` };
  if (share < 0.9)
    return { type: 'approval', approvals: [`capability-${n % 5}`, { capability: 'network', approver: 'ops' }] };
  return share < 0.95 ? { type: 'session_reset' } : { type: 'session_end' };
}

function paramsOf(tool: string, random: Random): unknown {
  const path = `/workspace/${random.pick(WORDS)}/${random.below(20)}.ts`;
  switch (tool) {
    case 'shell':
      return { command: `curl https://${random.pick(HOSTS)}/${random.below(5)}`, timeout: random.below(3) / 2 };
    case 'http':
      return { url: `https://${random.pick(HOSTS)}/`, headers: { z: 1, a: null, ä: [true, -0, 1e21, 1e-7] } };
    case 'sql_query':
      return random.chance(0.3) ? null : { id: 'LONG', limit: 10 ** random.below(25) };
    case 'search':
      return [random.pick(WORDS), { '': random.below(3), '\u{1f600}': 1, '\ufb33': 2 }];
    default:
      return { path, content: random.pick(WORDS).repeat(1 + random.below(5)) };
  }
}

function resultOf(random: Random): unknown {
  return random.pick<unknown>([null, 'ok', { ok: true, rows: random.below(4) }, ['a', 'b']]);
}

function extras(random: Random): object {
  const usage = { input_tokens: random.below(2000), cost_usd: random.below(100) / 1000, estimate: random.chance(0.3) };
  const material = { name: 'sbom', kind: 'SBOM', content: '{"a":1}' };
  return {
    ...(random.chance(0.3) && { usage }),
    ...(random.chance(0.02) && { material }),
    ...(random.chance(0.05) && { unknown_member: [random.pick(WORDS)] }),
  };
}
