import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { PolicyConfig } from '../../src/config/config.ts';
import { EvaluationFault } from '../../src/domain/errors.ts';
import type { Event } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Facts, Policy } from '../../src/domain/policy.ts';
import type { Session } from '../../src/domain/session.ts';
import { EventView } from '../../src/judge/event-view.ts';
import { foldEvent } from '../../src/judge/fold.ts';
import { printOf } from '../../src/judge/identity.ts';
import { buildPolicy } from '../../src/registry/build-policy.ts';
import { loadPolicies } from '../../src/registry/load-policies.ts';
import { anEvent } from '../judge/event-builder.ts';
import { policyModule } from '../wasm/hostile-modules.ts';

const FOLD_LIMITS = { sessionIdleMs: 86_400_000, duplicateWindow: 32 };
const POLICY_LIMITS = { timeoutMs: 100, memoryMb: 16, maxInputBytes: 262_144 };

async function shipped(name: string, engine: { result: 'decision' | 'deny_set' }): Promise<Policy> {
  const bundle = fileURLToPath(new URL(`../../policies/dist/${name}.tar.gz`, import.meta.url));
  const policy: PolicyConfig = {
    name,
    mode: 'enforce',
    match: {},
    needs: [],
    limits: POLICY_LIMITS,
    engine: { kind: 'opa', source: { bundle }, input: 'tollgate', gate: false, ...engine },
  };
  const [loaded] = await loadPolicies([policy], { maxAnswerBytes: 65_536 });
  if (loaded === undefined) throw new Error('nothing was loaded');
  return buildPolicy(loaded);
}

function viewOf(
  tool: string,
  params: JsonObject,
  members: { session?: Partial<Session>; facts?: Facts; event?: Partial<Event> } = {},
) {
  const event = anEvent({ tool, params }, { tool, ...members.event });
  const print = printOf(event);
  const session = { ...foldEvent(undefined, event, print, FOLD_LIMITS), ...members.session };
  return new EventView(event, session, print.identity, members.facts ?? { hosts: [] });
}

/** A policy of a hand-written module whose result set is `result`. */
async function policyOf(
  result: string,
  members: { result?: 'decision' | 'violations'; gate?: boolean } = {},
): Promise<Policy> {
  const module = await policyModule({ result });
  const head = {
    name: 'p',
    version: 'sha256:v',
    mode: 'enforce',
    match: {},
    needs: [],
    limits: POLICY_LIMITS,
  } as const;
  const settings = { result: 'decision', input: 'tollgate', gate: false, ...members } as const;
  return buildPolicy({ head, engine: { kind: 'opa', module, dataText: '{}', maxAnswerBytes: 1024, ...settings } });
}

function faultOf(policy: Policy): string {
  try {
    return `no fault, but ${policy.judge(viewOf('shell', {})).effect}`;
  } catch (thrown) {
    if (thrown instanceof EvaluationFault) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
}

describe('a policy of a bundle', () => {
  it('answers like its Rego: allow, deny with its reasons in order, redact with patches, warn with labels', async () => {
    const guard = await shipped('agent-guard', { result: 'decision' });
    expect(guard.judge(viewOf('read_file', { path: '/workspace/a' }))).toEqual({ effect: 'allow' });
    expect(guard.judge(viewOf('format', { path: '../x' }))).toEqual({
      effect: 'deny',
      reason: 'the path leaves its directory; the tool is not on the list',
    });
    expect(guard.judge(viewOf('search', { q: 'x', token: 't' }))).toEqual({
      effect: 'redact',
      reason: 'secrets are masked',
      patches: [{ op: 'replace', path: '/params/token', value: '[redacted]' }],
    });
    expect(guard.judge(viewOf('search', { q: 'x' }, { session: { costUsd: 4.5 } }))).toMatchObject({
      effect: 'warn',
      labels: { guard: 'watch' },
    });
    expect(
      guard.judge(viewOf('http_get', { url: 'https://evil.example' }, { facts: { hosts: ['evil.example'] } })),
    ).toEqual({
      effect: 'deny',
      reason: 'a host that is not on the list',
    });
  });

  it('asks for an approval of the operation, and honours it until the session clock says that it is over', async () => {
    const guard = await shipped('agent-guard', { result: 'decision' });
    const view = viewOf('deploy', { service: 'api' });
    const asked = guard.judge(view);
    expect(asked).toMatchObject({
      effect: 'ask',
      obligations: [{ kind: 'approval', value: { operation: view.identity, tool: 'deploy' } }],
    });
    const { clockMs } = view.session;
    const approved = (expiresAtMs: number) => ({
      approvals: [{ operation: view.identity, grantedAtMs: 0, expiresAtMs }],
    });
    const again = (expiresAtMs: number) => viewOf('deploy', { service: 'api' }, { session: approved(expiresAtMs) });
    expect(guard.judge(again(clockMs + 1)).effect).toBe('allow');
    expect(guard.judge(again(clockMs)).effect).toBe('ask');
    const other = viewOf('deploy', { service: 'db' }, { session: approved(clockMs + 1) });
    expect(guard.judge(other).effect).toBe('ask');
  });

  it('takes the deny-set form that OPA documents for agents', async () => {
    const acl = await shipped('tool-acl', { result: 'deny_set' });
    expect(acl.judge(viewOf('ReadFile', {}))).toEqual({ effect: 'allow' });
    expect(acl.judge(viewOf('Shell', {}))).toEqual({ effect: 'deny', reason: 'the tool is not on the list' });
  });

  it('gives answers that nobody can change, since events share them', async () => {
    const first = await shipped('first', { result: 'decision' });
    const answer = first.judge(viewOf('shell', {}));
    expect(first.judge(viewOf('write_file', {}))).toBe(answer);
    expect(Object.isFrozen(answer)).toBe(true);
  });
});

describe('a policy whose module answers what does not fit', () => {
  const bad: readonly (readonly [string, string])[] = [
    ['[]', 'no_result: '],
    ['', 'invalid_result: the result is not JSON'],
    ['{', 'invalid_result: the result is not JSON'],
    ['[{"result":{"effect":"allow"}}] ,', 'invalid_result: the result is not JSON'],
    ['[{"result":{"effect":"deny","effect":"allow"}}]', 'invalid_result: the result is not JSON'],
    ['{"effect":"allow"}', 'invalid_result: result set: expected an array'],
    ['[{"result":{"effect":"allow"}},{"result":{"effect":"deny"}}]', 'invalid_result: result set: more than 1'],
    ['[{"result":{}}]', 'invalid_result: result.effect'],
  ];
  it.each(bad)('%s fails its evaluation', async (result, fault) => {
    const policy = await policyOf(result);
    expect(faultOf(policy)).toContain(fault);
    expect(faultOf(policy)).toContain(fault);
  });

  it('warns or denies for violations as its gate says', async () => {
    const result = '[{"result":{"violations":["v"]}}]';
    const open = await policyOf(result, { result: 'violations' });
    const gated = await policyOf(result, { result: 'violations', gate: true });
    expect(open.judge(viewOf('shell', {})).effect).toBe('warn');
    expect(gated.judge(viewOf('shell', {})).effect).toBe('deny');
  });
});

describe('an inspector', () => {
  it('is made from the catalogue, or refused by name', () => {
    const head = {
      name: 'p',
      version: 'sha256:v',
      mode: 'enforce',
      match: {},
      needs: [],
      limits: POLICY_LIMITS,
    } as const;
    const engine = { kind: 'inspector', inspector: 'repetition', options: {} } as const;
    expect(buildPolicy({ head, engine }).judge(viewOf('shell', {})).effect).toBe('allow');
    expect(() => buildPolicy({ head, engine: { ...engine, inspector: 'none' } })).toThrow(
      'there is no built-in inspector none',
    );
  });
});
