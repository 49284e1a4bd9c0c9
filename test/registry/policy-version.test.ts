import { describe, expect, it } from 'vitest';
import type { Limits } from '../../src/config/config.ts';
import type { LoadedPolicy } from '../../src/registry/loaded-policy.ts';
import { policyRevision, type RevisionParts } from '../../src/registry/policy-version.ts';

const LIMITS: Limits = {
  maxEventBytes: 1,
  maxJsonDepth: 2,
  maxJsonValues: 3,
  maxSessionsPerPartition: 4,
  sessionIdleMs: 5,
  duplicateWindow: 6,
  maxClockSkewMs: 7,
  maxPolicyStateBytes: 8,
  maxAnswerBytes: 9,
};

function policyOf(name: string, version: string, mode: 'enforce' | 'shadow' = 'enforce'): LoadedPolicy {
  const limits = { timeoutMs: 100, memoryMb: 16, maxInputBytes: 1000 };
  const head = { name, version, mode, match: {}, needs: [], limits };
  return { head, engine: { kind: 'inspector', inspector: 'egress', options: {} } };
}

const A = policyOf('a', 'sha256:1');
const B = policyOf('b', 'sha256:2');
const BASE: RevisionParts = {
  policies: [A, B],
  defaultEffect: 'deny',
  strictRouting: false,
  limits: LIMITS,
  judgeVersion: 'judge-1',
};

describe('a policy revision', () => {
  it('is a digest that stays the same for the same parts', () => {
    expect(policyRevision(BASE)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(policyRevision({ ...BASE, policies: [policyOf('a', 'sha256:1'), B] })).toBe(policyRevision(BASE));
  });

  const changes: readonly (readonly [string, Partial<RevisionParts>])[] = [
    ['order', { policies: [B, A] }],
    ['a policy less', { policies: [A] }],
    ['a version', { policies: [A, policyOf('b', 'sha256:3')] }],
    ['a name', { policies: [A, policyOf('c', 'sha256:2')] }],
    ['a mode', { policies: [A, policyOf('b', 'sha256:2', 'shadow')] }],
    ['the default effect', { defaultEffect: 'allow' }],
    ['strict routing', { strictRouting: true }],
    ['a limit', { limits: { ...LIMITS, duplicateWindow: 7 } }],
    ['the judge', { judgeVersion: 'judge-2' }],
  ];
  it.each(changes)('changes with %s', (_name, change) => {
    expect(policyRevision({ ...BASE, ...change })).not.toBe(policyRevision(BASE));
  });
});
