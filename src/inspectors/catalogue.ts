import { EGRESS } from './egress.ts';
import type { InspectorKind } from './inspector.ts';
import { REPETITION } from './repetition.ts';

/** The inspectors that can be used, by name. */
export const INSPECTORS: ReadonlyMap<string, InspectorKind> = new Map(
  [EGRESS, REPETITION].map((kind) => [kind.name, kind]),
);

/** Names that the contract knows (section 6) and nothing answers to yet: the configuration says so, not "unknown". */
export const NOT_BUILT_YET: readonly string[] = [
  'loop',
  'adversary',
  'tool_acl',
  'pii',
  'budget',
  'prompt_injection',
  'deny_tool',
  'deny_keyword',
  'deny_tool_param',
  'allow_tool_param',
  'deny_tool_param_matching',
  'rate_limit_tool',
  'require_state',
  'tier',
  'capability',
  'permission',
  'guardrails',
];
