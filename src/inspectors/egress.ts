import type { JsonObject } from '../domain/json.ts';
import type { PolicyView } from '../domain/policy.ts';
import type { Answer } from '../domain/verdict.ts';
import { EgressScan } from './egress-scan.ts';
import { AllowList } from './host-rules.ts';
import { ALLOW, type Inspector, type InspectorKind } from './inspector.ts';
import { booleanOption, textsOption } from './options.ts';
import { ToolKinds } from './tool-kind.ts';

/** Hosts that calls may go to without being listed: the contract, section 6. */
const DEFAULT_HOSTS = ['github.com', 'api.github.com', 'raw.githubusercontent.com', 'docs.rs'];

/** A host name, an IPv4 address, or an IPv6 address in brackets. */
const HOST_PATTERN = '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9_][A-Za-z0-9._-]*)$';

/**
 * Where calls go: denies what opens a raw connection, warns of (or, under `strict`, denies) hosts that are not listed, and
 * denies those that come with a suspicious pattern. The rules are car-policy 0.13's, read more strictly.
 */
export const EGRESS: InspectorKind = {
  name: 'egress',
  optionsSchema: {
    type: 'object',
    description: 'Where tool calls may go.',
    additionalProperties: false,
    properties: {
      strict: { type: 'boolean', default: false, description: 'Deny hosts that are not listed, instead of a warning.' },
      allowHosts: {
        type: 'array',
        items: { type: 'string', maxLength: 253, pattern: HOST_PATTERN },
        default: [],
        description: `Hosts that are listed, with all below them, besides ${DEFAULT_HOSTS.join(', ')}.`,
      },
      tools: {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        default: [],
        description: 'Tools that can reach the network, besides those known by name.',
      },
    },
  },
  create: createEgress,
};

function createEgress(options: JsonObject): Inspector {
  const strict = booleanOption(options, 'strict', false);
  const hosts = new AllowList([...DEFAULT_HOSTS, ...textsOption(options, 'allowHosts')]);
  const tools = new ToolKinds(textsOption(options, 'tools'));
  return (view) => inspect(view, strict, hosts, tools);
}

function inspect({ event }: PolicyView, strict: boolean, hosts: AllowList, tools: ToolKinds): Answer {
  if (event.type !== 'tool_call') return ALLOW;
  const tool = event.tool ?? '';
  const kind = tools.of(tool);
  if (kind === undefined) return ALLOW;
  const scan = new EgressScan(kind, tool, hosts);
  scan.read(event.params);
  return conclude(scan, strict);
}

function conclude(scan: EgressScan, strict: boolean): Answer {
  const blocked = scan.patterns.blockedPattern;
  if (blocked !== undefined) {
    return answer('deny', 'blocked_pattern', `egress inspector blocked: suspicious pattern '${blocked}'`);
  }
  const warnings = scan.patterns.suspiciousPatterns().map((pattern) => `suspicious pattern '${pattern}'`);
  if (scan.unlisted !== undefined) return concludeUnlisted(scan.unlisted, scan.metadata, warnings, strict);
  if (warnings.length === 0) return ALLOW;
  if (scan.listed !== undefined) warnings.push(`to allowlisted host ${scan.listed}`);
  return answer('warn', 'suspicious_pattern', warnings.join('; '));
}

function concludeUnlisted(host: string, metadata: boolean, warnings: readonly string[], strict: boolean): Answer {
  if (warnings.length > 0) {
    return answer('deny', 'suspicious_egress', `egress to unlisted host ${host} combined with ${warnings.join(', ')}`);
  }
  if (metadata) return answer('deny', 'metadata_host', `egress to unlisted host: ${host}`);
  return answer(strict ? 'deny' : 'warn', 'unlisted_host', `egress to unlisted host: ${host}`);
}

function answer(effect: 'warn' | 'deny', code: string, reason: string): Answer {
  return { effect, code: `egress.${code}`, reason };
}
