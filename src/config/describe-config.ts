import type { Json, JsonObject } from '../domain/json.ts';
import type { Config } from './config.ts';
import { isRecord } from './path.ts';
import { isSecretName } from './schema-path.ts';

const MASK = '<hidden>';

/** The configuration for logs and `doctor`: as it is in force, secrets masked by their names. */
export function describeConfig(config: Config): JsonObject {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, describe(name, value)]));
}

function describe(name: string, value: unknown): Json {
  if (isSecretName(name) && typeof value === 'string') return MASK;
  if (Array.isArray(value)) return value.map((entry) => describe(name, entry));
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, describe(member, inner)]));
  }
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return value;
  return typeof value === 'number' ? value : null;
}
