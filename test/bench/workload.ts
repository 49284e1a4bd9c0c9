import { partitionOf } from '../../src/codec/partition-of.ts';
import type { RawRecord } from '../../src/domain/record.ts';

const TOOLS = ['read_file', 'write_file', 'list_dir', 'shell', 'http', 'git', 'search', 'sql_query'];
const WORDS = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau'.split(
  ' ',
);
const HOSTS = ['github.com', 'api.github.com', 'docs.rs', 'packages.example.com', 'unknown.example.net'];
const START_MS = Date.UTC(2026, 2, 2);

export interface WorkloadShape {
  readonly sessions: number;
  readonly partitions: number;
  readonly bytes: number;
  readonly seed: number;
  /** Number of the first event, where a workload is made in parts. */
  readonly first?: number;
  /** Each session has its turn: event i is of session i modulo `sessions`. At random unless given. */
  readonly inTurn?: boolean;
  /** The tools that are called, each as often; eight ordinary ones unless given. */
  readonly tools?: readonly string[];
}

/** Made-up tool calls of about `bytes` bytes, the same for the same seed: `partitions` lists of records, in order. */
export function makeWorkload(
  events: number,
  { sessions, partitions, bytes, seed, first = 0, inTurn = false, tools = TOOLS }: WorkloadShape,
): RawRecord[][] {
  const random = linearCongruential(seed);
  const byPartition: RawRecord[][] = Array.from({ length: partitions }, () => []);
  for (let i = first; i < first + events; i++) {
    const sessionId = `session-${inTurn ? i % sessions : Math.floor(random() * sessions)}`;
    const value = Buffer.from(eventText(i, sessionId, { bytes, tools }, random));
    const partition = partitionOf(sessionId, partitions);
    const records = byPartition[partition] as RawRecord[];
    const offset = records.length;
    const key = Buffer.from(sessionId);
    records.push({
      topic: 'bench',
      offset,
      nextOffset: offset + 1,
      timestampMs: START_MS + i * 7,
      key,
      value,
      trusted: false,
    });
  }
  return byPartition;
}

function eventText(
  i: number,
  sessionId: string,
  { bytes, tools }: { readonly bytes: number; readonly tools: readonly string[] },
  random: () => number,
): string {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const tool = pick(tools);
  const event = {
    event_id: `event-${String(i).padStart(9, '0')}`,
    type: 'tool_call',
    session_id: sessionId,
    occurred_at: START_MS + i * 7,
    agent_id: `agent-${i % 97}`,
    tenant_id: `tenant-${i % 20}`,
    tool,
    params: paramsOf(tool, pick, random),
    usage: { input_tokens: Math.floor(random() * 2000), output_tokens: Math.floor(random() * 500), cost_usd: 0.001 },
    context: { note: '' },
  };
  const room = bytes - JSON.stringify(event).length;
  while (event.context.note.length < room) event.context.note += `${pick(WORDS)} `;
  return JSON.stringify(event);
}

function paramsOf(tool: string, pick: <T>(items: readonly T[]) => T, random: () => number): Record<string, unknown> {
  const path = `/workspace/${pick(WORDS)}/${pick(WORDS)}.ts`;
  switch (tool) {
    case 'http':
      return { url: `https://${pick(HOSTS)}/v1/${pick(WORDS)}?q=${pick(WORDS)}` };
    case 'shell':
      return { command: `ls -la ${path} && cat ${pick(WORDS)}` };
    case 'sql_query':
      return { query: `select * from ${pick(WORDS)} where id = ${Math.floor(random() * 1e6)}` };
    case 'write_file':
      return { path, content: `${pick(WORDS)} ${pick(WORDS)}` };
    default:
      return { path };
  }
}

/** Numerical Recipes' constants: reproducible, not random. */
function linearCongruential(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
