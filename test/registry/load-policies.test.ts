import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineConfig, OpaConfig, PolicyConfig } from '../../src/config/config.ts';
import { TollgateError } from '../../src/domain/errors.ts';
import { buildPolicy } from '../../src/registry/build-policy.ts';
import { loadPolicies } from '../../src/registry/load-policies.ts';
import { assemble, policyWat } from '../wasm/hostile-modules.ts';
import { bundleOf, type Entry, manifestOf } from './bundle-builder.ts';

const GUARD = fileURLToPath(new URL('../../policies/dist/agent-guard.tar.gz', import.meta.url));
const LIMITS = { maxAnswerBytes: 65_536 };
const EGRESS: EngineConfig = { kind: 'inspector', inspector: 'egress', options: {} };
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tollgate-registry-'));
});

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

function opaConfig(source: OpaConfig['source'], members: Partial<OpaConfig> = {}): OpaConfig {
  return { kind: 'opa', source, result: 'decision', input: 'tollgate', gate: false, ...members };
}

function policyOf(engine: EngineConfig, members: Partial<PolicyConfig> = {}): PolicyConfig {
  const limits = { timeoutMs: 100, memoryMb: 16, maxInputBytes: 262_144 };
  return { name: 'p', mode: 'enforce', match: {}, needs: [], limits, engine, ...members };
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

async function errorOf(...policies: PolicyConfig[]): Promise<string> {
  try {
    await loadPolicies(policies, LIMITS);
    return 'no error';
  } catch (thrown) {
    if (!(thrown instanceof TollgateError)) throw thrown;
    expect(thrown.where).toBeTruthy();
    expect(thrown.next).toBeTruthy();
    return `${thrown.code}: ${thrown.message}`;
  }
}

async function versionOf(policy: PolicyConfig): Promise<string> {
  const [loaded] = await loadPolicies([policy], LIMITS);
  return loaded?.head.version ?? 'none';
}

describe('loading', () => {
  it('refuses an empty list of policies', async () => {
    expect(await errorOf()).toContain('config_invalid: no policies are configured');
  });

  it('gives policies in their order, each with its head', async () => {
    const loaded = await loadPolicies(
      [policyOf(EGRESS, { name: 'a' }), policyOf(opaConfig({ bundle: GUARD }), { name: 'b', mode: 'shadow' })],
      LIMITS,
    );
    expect(loaded.map(({ head }) => [head.name, head.mode])).toEqual([
      ['a', 'enforce'],
      ['b', 'shadow'],
    ]);
    for (const { head } of loaded) expect(head.version).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(loaded[1]?.engine).toMatchObject({ kind: 'opa', entrypoint: 'agent/decision' });
  });

  it('gives what can cross to a worker thread and be built there', async () => {
    const loaded = await loadPolicies([policyOf(opaConfig({ bundle: GUARD }))], LIMITS);
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(loaded);
    const received = receiveMessageOnPort(port2)?.message as typeof loaded;
    port1.close();
    expect(received).toHaveLength(1);
    for (const policy of received) expect(buildPolicy(policy).head).toEqual(loaded[0]?.head);
  });

  it('stops when it is told to', async () => {
    const stopped = loadPolicies([policyOf(opaConfig({ bundle: GUARD }))], LIMITS, AbortSignal.abort());
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('a file that cannot be a policy is refused', () => {
  it('when it is missing, no WebAssembly, or not of the ABI', async () => {
    expect(await errorOf(policyOf(opaConfig({ wasm: join(dir, 'none.wasm') })))).toContain(
      'the file of policy p cannot be read',
    );
    expect(await errorOf(policyOf(opaConfig({ wasm: file('text.wasm', 'package a') })))).toContain(
      'is not a WebAssembly module',
    );
    const foreign = await assemble('(module (import "env" "now" (func)))');
    expect(await errorOf(policyOf(opaConfig({ wasm: file('foreign.wasm', foreign) })))).toContain(
      'it imports function env.now',
    );
  });

  it('when its extra data is missing, broken, or sets what the bundle sets', async () => {
    const data = (text: string): PolicyConfig => policyOf(opaConfig({ bundle: GUARD }, { data: file('d.json', text) }));
    expect(await errorOf(policyOf(opaConfig({ bundle: GUARD }, { data: join(dir, 'none.json') })))).toContain(
      'cannot be read',
    );
    expect(await errorOf(data('[1]'))).toContain('the document is not an object');
    expect(await errorOf(data('{"guard":{}}'))).toContain('the bundle sets data.guard too');
    expect(await errorOf(data('{"other":{}}'))).toBe('no error');
  });

  it('when its data stands where a rule does', async () => {
    const data = file('override.json', '{"agent":{"decision":{"effect":"allow"}}}');
    expect(await errorOf(policyOf(opaConfig({ bundle: GUARD }, { data })))).toContain(
      'data.agent.decision is set by data and is a rule',
    );
    const helper = file('helper.json', '{"agent":{"approved":true}}');
    expect(await errorOf(policyOf(opaConfig({ bundle: GUARD }, { data: helper })))).toContain(
      'data.agent.approved is set by data',
    );
  });
});

describe('the entrypoint', () => {
  async function bundleWith(...entrypoints: string[]): Promise<string> {
    const table = JSON.stringify(Object.fromEntries(entrypoints.map((name, id) => [name, id])));
    const module: Entry = ['/policy.wasm', await assemble(policyWat({ entrypoints: table }))];
    return file(`${entrypoints.length}.tar.gz`, bundleOf([module, manifestOf(...entrypoints)]));
  }

  it('of a bundle with one is that one', async () => {
    const [loaded] = await loadPolicies([policyOf(opaConfig({ bundle: await bundleWith('a/b') }))], LIMITS);
    expect(loaded?.engine).toMatchObject({ entrypoint: 'a/b' });
  });

  it('of several must be named, and the error lists them', async () => {
    const bundle = await bundleWith('a/b', 'a/c');
    expect(await errorOf(policyOf(opaConfig({ bundle })))).toContain('several entrypoints: a/b, a/c');
    expect(await errorOf(policyOf(opaConfig({ bundle }, { entrypoint: 'a/c' })))).toBe('no error');
    expect(await errorOf(policyOf(opaConfig({ bundle }, { entrypoint: 'x' })))).toContain(
      'has no entrypoint x; it has: a/b, a/c',
    );
  });

  it('of a bare module is looked for when the policy is built', async () => {
    const wasm = file('bare.wasm', await assemble(policyWat()));
    const [one] = await loadPolicies([policyOf(opaConfig({ wasm }))], LIMITS);
    const [other] = await loadPolicies([policyOf(opaConfig({ wasm }, { entrypoint: 'x/y' }))], LIMITS);
    if (one === undefined || other === undefined) throw new Error('nothing loaded');
    expect(buildPolicy(one).head.name).toBe('p');
    expect(() => buildPolicy(other)).toThrow('it has no entrypoint x/y; it has: p/decision');
  });
});

describe('a version', () => {
  it('is the same for the same content, and another when anything that decides differs', async () => {
    const wasm = file('v.wasm', await assemble(policyWat()));
    const other = file('v2.wasm', await assemble(policyWat({ result: '[]' })));
    const base = policyOf(opaConfig({ wasm }));
    const changed = [
      policyOf(opaConfig({ wasm: other })),
      policyOf(opaConfig({ wasm }, { data: file('v.json', '{"a":1}') })),
      policyOf(opaConfig({ wasm }, { entrypoint: 'p/decision' })),
      policyOf(opaConfig({ wasm }, { result: 'allow' })),
      policyOf(opaConfig({ wasm }, { input: 'fleetforge' })),
      policyOf(opaConfig({ wasm }, { gate: true })),
      policyOf(opaConfig({ wasm }), { match: { tools: ['shell'] } }),
      policyOf(opaConfig({ wasm }), { needs: ['hosts'] }),
      policyOf(opaConfig({ wasm }), { limits: { ...base.limits, timeoutMs: 101 } }),
      policyOf(EGRESS),
      policyOf({ ...EGRESS, options: { strict: true } }),
    ];
    const versions = await Promise.all([base, ...changed].map(versionOf));
    expect(new Set(versions).size).toBe(changed.length + 1);
    expect(await versionOf(policyOf(opaConfig({ wasm })))).toBe(versions[0]);
  });

  it('does not depend on name, mode or the order of keys in data', async () => {
    const wasm = file('w.wasm', await assemble(policyWat()));
    const one = opaConfig({ wasm }, { data: file('one.json', '{"a":1,"b":2}') });
    const two = opaConfig({ wasm }, { data: file('two.json', '{ "b": 2, "a": 1 }') });
    const shadow = policyOf(two, { name: 'q', mode: 'shadow' });
    expect(await versionOf(shadow)).toBe(await versionOf(policyOf(one)));
  });
});
