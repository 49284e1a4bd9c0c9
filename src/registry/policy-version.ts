import { hash } from 'node:crypto';
import { canonicalJson } from '../codec/json-text.ts';
import type { Limits } from '../config/config.ts';
import type { Json } from '../domain/json.ts';
import type { Effect } from '../domain/verdict.ts';
import type { LoadedPolicy } from './loaded-policy.ts';

/** `sha256:` and 64 hex digits over a value's RFC 8785 form: equal content, equal digest, whatever the key order. */
export function contentDigest(content: Json): string {
  return `sha256:${hash('sha256', canonicalJson(content))}`;
}

/** The same over bytes as they are. */
export function bytesDigest(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes)}`;
}

/** What the decisions of a set of policies depend on, beside history and event. */
export interface RevisionParts {
  readonly policies: readonly LoadedPolicy[];
  readonly defaultEffect: Effect;
  readonly strictRouting: boolean;
  readonly limits: Limits;
  readonly judgeVersion: string;
}

/**
 * `policy_revision`: over all policies in order (name, version, mode), what is judged without one, limits and judge. The
 * mode is here and not in a policy's version: it changes decisions, but a shadow that is promoted stays what it was.
 */
export function policyRevision({
  policies,
  defaultEffect,
  strictRouting,
  limits,
  judgeVersion,
}: RevisionParts): string {
  return contentDigest({
    policies: policies.map(({ head }) => ({ name: head.name, version: head.version, mode: head.mode })),
    default_effect: defaultEffect,
    strict_routing: strictRouting,
    limits: { ...limits },
    judge: judgeVersion,
  });
}
