import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPolicyConfig } from '../../src/config/load-config.ts';
import type { Json } from '../../src/domain/json.ts';
import type { RawRecord } from '../../src/domain/record.ts';
import type { LaneOptions } from '../../src/lanes/lane.ts';
import { prepareSetup } from '../../src/pipeline/prepare.ts';
import { assemble, loopingModule, policyWat } from '../wasm/hostile-modules.ts';

/** The built worker: threads cannot load TypeScript on Node 20, so that `npm test` builds first. */
export const BUILT_WORKER = fileURLToPath(new URL('../../dist/lanes/worker.js', import.meta.url));

/** A worker that ends its own thread, or hangs in Tollgate's own code, over records that say so. */
export const DYING_WORKER = fileURLToPath(new URL('./dying-worker.mjs', import.meta.url));

const SPINNING_START = '(func $spin (loop $again (br $again))) (start $spin)';

/**
 * The judging of a configuration text. `loop.wasm` hangs over events that contain LOOP, `spin.wasm` when it is started,
 * `needy.wasm` asks for a builtin that is refused.
 */
export async function setupOf(
  yaml: string,
  { partitions = 2 }: { partitions?: number } = {},
): Promise<LaneOptions['setup']> {
  const dir = mkdtempSync(join(tmpdir(), 'tollgate-lanes-'));
  try {
    writeFileSync(join(dir, 'loop.wasm'), await loopingModule());
    writeFileSync(join(dir, 'spin.wasm'), await assemble(policyWat({ fields: SPINNING_START })));
    writeFileSync(join(dir, 'needy.wasm'), await assemble(policyWat({ builtins: '{"http.send":0}' })));
    writeFileSync(join(dir, 'tollgate.yaml'), yaml);
    const config = loadPolicyConfig(join(dir, 'tollgate.yaml'), {});
    return await prepareSetup(config, partitions, new AbortController().signal);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** A policy that hangs on LOOP, between two that never do. */
export const LOOPING_POLICIES = `
policies:
  - { name: egress, inspector: egress }
  - { name: loop, opa: { wasm: ./loop.wasm }, limits: { timeoutMs: 250 } }
  - { name: repetition, inspector: repetition }
`;

/** A tool call as raw bytes, the nth of a session. */
export function toolCall(sessionId: string, n: number, params: Json = { n }): Buffer {
  const event = {
    event_id: `${sessionId}-${n}`,
    type: 'tool_call',
    session_id: sessionId,
    occurred_at: 1_700_000_000_000 + n * 1000,
    tool: 'shell',
    params,
  };
  return Buffer.from(JSON.stringify(event));
}

/** Records of one partition, at offsets 0, 1, 2, … */
export function recordsOf(values: readonly Uint8Array[]): RawRecord[] {
  return values.map((value, offset) => ({
    topic: 'events',
    offset,
    nextOffset: offset + 1,
    timestampMs: -1,
    key: null,
    value,
    trusted: false,
  }));
}
