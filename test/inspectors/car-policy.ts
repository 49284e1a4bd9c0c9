import { isJsonObject, type Json } from '../../src/domain/json.ts';
import type { Effect } from '../../src/domain/verdict.ts';

/*
 * The egress inspector of car-policy 0.13 by its description (rules, not code): the yardstick that Tollgate's own is
 * never laxer than. The vectors in test/vectors/car.jsonl hold this file to what the original was seen to answer.
 */
export interface CarAnswer {
  readonly effect: Effect;
  readonly message?: string;
}

const BLOCKED = ['nc ', 'netcat ', '/dev/tcp/'];
const SUSPICIOUS = ['| bash', '| sh', 'curl -X POST', 'wget --post', 'base64 -d'];
const PREFIXES = ['http://', 'https://', 'ssh://', 'git://', 'ftp://'];
const HOSTS = ['github.com', 'api.github.com', 'raw.githubusercontent.com', 'docs.rs'];

export function carEgress(tool: string, params: Json, strict: boolean, moreHosts: readonly string[] = []): CarAnswer {
  if (!['shell', 'http', 'webfetch'].includes(tool)) return { effect: 'allow' };
  const text = carText(params);
  const blocked = BLOCKED.find((pattern) => text.includes(pattern));
  if (blocked !== undefined) return deny(`egress inspector blocked: suspicious pattern '${blocked}'`);
  const warnings = SUSPICIOUS.filter((pattern) => text.includes(pattern)).map((p) => `suspicious pattern '${p}'`);
  const host = carHost(text);
  if (host === undefined || [...HOSTS, ...moreHosts].some((entry) => host.endsWith(entry))) {
    if (warnings.length === 0) return { effect: 'allow' };
    const to = host === undefined ? [] : [`to allowlisted host ${host}`];
    return { effect: 'warn', message: [...warnings, ...to].join('; ') };
  }
  if (warnings.length > 0) return deny(`egress to unlisted host ${host} combined with ${warnings.join(', ')}`);
  return { effect: strict ? 'deny' : 'warn', message: `egress to unlisted host: ${host}` };
}

function deny(message: string): CarAnswer {
  return { effect: 'deny', message };
}

function carText(params: Json): string {
  if (!isJsonObject(params)) return '';
  const value = Object.hasOwn(params, 'command') ? params.command : params.url;
  return typeof value === 'string' ? value : '';
}

function carHost(text: string): string | undefined {
  for (const prefix of PREFIXES) {
    const found = text.indexOf(prefix);
    if (found === -1) continue;
    const rest = text.slice(found + prefix.length);
    const user = /^[^/ @]*@/.exec(rest);
    const host = /^[^/: "')]*/.exec(rest.slice(user?.[0].length ?? 0))?.[0] ?? '';
    if (host !== '') return host;
  }
  return undefined;
}
