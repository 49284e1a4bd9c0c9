import { readFile } from 'node:fs/promises';
import { jsonText } from '../codec/json-text.ts';
import type { Limits, OpaConfig, PolicyConfig } from '../config/config.ts';
import { TollgateError } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { InputReads } from '../domain/policy.ts';
import { inspectModule } from '../wasm/opa/module-check.ts';
import { invalidData, mergeData, parseDataJson } from './data-document.ts';
import { inputReads } from './input-reads.ts';
import type { LoadedEngine, LoadedPolicy } from './loaded-policy.ts';
import { bytesDigest, contentDigest } from './policy-version.ts';
import { readBundle } from './read-bundle.ts';
import { refuseRuleConflicts } from './rule-conflicts.ts';

/**
 * Reads, checks and compiles what the configuration's `policies` name; runs none of it. Throws `config_invalid` when
 * there are none, `policy_invalid`, `not_built_yet` or `input_unreadable` for one that cannot be used.
 */
export async function loadPolicies(
  policies: readonly PolicyConfig[],
  limits: Pick<Limits, 'maxAnswerBytes'>,
  signal?: AbortSignal,
): Promise<LoadedPolicy[]> {
  if (policies.length === 0) {
    throw new TollgateError('config_invalid', 'no policies are configured, so everything would be judged by default', {
      where: 'policies',
      next: 'name at least one policy, e.g. `- { name: egress, inspector: egress }`',
    });
  }
  const loaded: LoadedPolicy[] = [];
  const world = { maxAnswerBytes: limits.maxAnswerBytes, modules: new Map(), signal };
  for (const policy of policies) loaded.push(await loadPolicy(policy, world));
  return loaded;
}

/** What loading one policy needs beside it. */
interface LoadWorld {
  readonly maxAnswerBytes: number;
  /** Modules compiled so far, by digest: many policies may be of one bundle. */
  readonly modules: Map<string, WebAssembly.Module>;
  readonly signal: AbortSignal | undefined;
}

async function loadPolicy(policy: PolicyConfig, world: LoadWorld): Promise<LoadedPolicy> {
  const { name, mode, match, needs, limits } = policy;
  const { engine, content } = await loadEngine(policy, world);
  const version = contentDigest({ engine: content, match: { ...match }, needs: [...needs], limits: { ...limits } });
  return { head: { name, version, mode, match, needs, limits }, engine };
}

/** An engine, and what of it a policy's version is made of. */
interface EngineWithContent {
  readonly engine: LoadedEngine;
  readonly content: Json;
}

async function loadEngine(
  policy: PolicyConfig,
  { maxAnswerBytes, modules, signal }: LoadWorld,
): Promise<EngineWithContent> {
  const { engine } = policy;
  if (engine.kind === 'inspector') return { engine, content: { ...engine } };
  const parts = await readParts(engine, policy.name, signal);
  const digest = bytesDigest(parts.moduleBytes);
  const module = modules.get(digest) ?? (await compileModule(parts.moduleBytes, parts.where));
  modules.set(digest, module);
  inspectModule(module, parts.where);
  const { result, input, gate } = engine;
  const entrypoint = parts.entrypoint === undefined ? {} : { entrypoint: parts.entrypoint };
  const settings = { kind: 'opa', ...entrypoint, result, input, gate } as const;
  const reads = parts.reads === undefined ? {} : { reads: parts.reads };
  return {
    engine: { ...settings, ...reads, module, dataText: jsonText(parts.data), maxAnswerBytes },
    content: { ...settings, module: digest, data: contentDigest(parts.data) },
  };
}

interface OpaParts {
  readonly where: string;
  readonly moduleBytes: Buffer;
  readonly data: JsonObject;
  readonly entrypoint: string | undefined;
  readonly reads: InputReads | undefined;
}

async function readParts(engine: OpaConfig, policy: string, signal?: AbortSignal): Promise<OpaParts> {
  const { source, entrypoint } = engine;
  const where = 'bundle' in source ? source.bundle : source.wasm;
  const bytes = await readPolicyFile(where, policy, signal);
  if ('wasm' in source) {
    const data = await withExtraData({}, engine, policy, signal);
    refuseRuleConflicts(data, new Map(), entrypoint === undefined ? [] : [entrypoint], where);
    return { where, moduleBytes: bytes, data, entrypoint, reads: undefined };
  }
  const bundle = await readBundle(bytes, where);
  const chosen = chooseEntrypoint(bundle.entrypoints, entrypoint, where);
  const data = await withExtraData(bundle.data, engine, policy, signal);
  refuseRuleConflicts(data, bundle.regoFiles, bundle.entrypoints, where);
  const reads = inputReads(bundle.regoFiles, bundle.moduleBytes);
  return { where, moduleBytes: bundle.moduleBytes, data, entrypoint: chosen, reads };
}

/** The bundle's data with the document of `data:`; no member of the root may be in both. */
async function withExtraData(
  data: JsonObject,
  engine: OpaConfig,
  policy: string,
  signal?: AbortSignal,
): Promise<JsonObject> {
  if (engine.data === undefined) return data;
  const extra = parseDataJson(await readPolicyFile(engine.data, policy, signal), engine.data);
  const shared = Object.keys(extra).find((key) => Object.hasOwn(data, key));
  if (shared !== undefined) throw invalidData(engine.data, `the bundle sets data.${shared} too`);
  return mergeData(data, [], extra, engine.data);
}

function chooseEntrypoint(offered: readonly string[], named: string | undefined, where: string): string | undefined {
  const list = offered.join(', ');
  if (named !== undefined) {
    if (offered.length === 0 || offered.includes(named)) return named;
    throw entrypointError(where, `the bundle has no entrypoint ${named}; it has: ${list}`);
  }
  if (offered.length > 1) throw entrypointError(where, `the bundle has several entrypoints: ${list}`);
  return offered[0];
}

function entrypointError(where: string, problem: string): TollgateError {
  return new TollgateError('policy_invalid', problem, { where, next: 'name one of them under opa.entrypoint' });
}

async function readPolicyFile(path: string, policy: string, signal?: AbortSignal): Promise<Buffer> {
  try {
    return await readFile(path, signal === undefined ? {} : { signal });
  } catch (thrown) {
    if (signal?.aborted) throw new TollgateError('aborted', 'loading policies was stopped', { cause: thrown });
    throw new TollgateError('policy_invalid', `the file of policy ${policy} cannot be read`, {
      where: path,
      next: 'check the path (it is relative to the configuration file) and its permissions',
      cause: thrown,
    });
  }
}

async function compileModule(bytes: Buffer, where: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (thrown) {
    throw new TollgateError('policy_invalid', 'the policy is not a WebAssembly module', {
      where,
      next: 'build it with `opa build -t wasm -e ENTRYPOINT`; a component or a .rego file is none',
      cause: thrown,
    });
  }
}
