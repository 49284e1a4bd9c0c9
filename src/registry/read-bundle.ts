import { parseJson } from '../codec/parse-json.ts';
import { RejectedInput } from '../codec/rejected-input.ts';
import { TollgateError } from '../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { type BundleFiles, unpackBundle } from './bundle-archive.ts';
import { mergeData, parseDataJson, parseDataYaml } from './data-document.ts';

const MANIFEST_LIMITS = { maxBytes: 1_048_576, maxDepth: 32, maxValues: 100_000 } as const;

const LEADING_SLASHES = /^\/+/;

/** What of an OPA bundle a policy is made of. */
export interface Bundle {
  readonly moduleBytes: Buffer;
  readonly data: JsonObject;
  /** Slash paths that the manifest lists for the module. */
  readonly entrypoints: readonly string[];
  readonly revision: string;
  /** The Rego that the module was built from, where the bundle brings it. */
  readonly regoFiles: BundleFiles;
}

/**
 * Reads an OPA bundle: `.manifest`, `policy.wasm`, and every `data.json` or `data.yaml` at the place its directory says.
 * Throws `policy_invalid`; `not_built_yet` for a signed bundle, whose signature nobody would check.
 */
export async function readBundle(packed: Buffer, where: string): Promise<Bundle> {
  const files = await unpackBundle(packed, where);
  refuseUnsupported(files, where);
  const manifest = readManifest(files, where);
  const moduleBytes = files.get(manifest.module);
  if (moduleBytes === undefined) {
    throw invalid(where, `it holds no ${manifest.module}`, 'build it with `opa build -t wasm -e ENTRYPOINT`');
  }
  const regoFiles = new Map([...files].filter(([name]) => name.endsWith('.rego')));
  return {
    moduleBytes,
    data: readData(files, where),
    entrypoints: manifest.entrypoints,
    revision: manifest.revision,
    regoFiles,
  };
}

function refuseUnsupported(files: BundleFiles, where: string): void {
  if (files.has('.signatures.json')) {
    throw new TollgateError('not_built_yet', 'the bundle is signed, and signature verification is not built yet', {
      where,
      next: 'give an unsigned bundle from a place that you trust',
    });
  }
  if (files.has('patch.json')) throw invalid(where, 'it is a delta bundle', 'give the whole bundle');
}

interface Manifest {
  readonly module: string;
  readonly entrypoints: readonly string[];
  readonly revision: string;
}

function readManifest(files: BundleFiles, where: string): Manifest {
  const bytes = files.get('.manifest');
  const manifest = bytes === undefined ? {} : manifestObject(bytes, where);
  const modules = wasmEntries(manifest.wasm, where);
  const names = new Set(modules.map((entry) => entry.module));
  if (names.size > 1) throw invalid(where, 'it holds several Wasm modules', 'build all entrypoints into one module');
  return {
    module: modules[0]?.module ?? 'policy.wasm',
    entrypoints: modules.map((entry) => entry.entrypoint),
    revision: typeof manifest.revision === 'string' ? manifest.revision : '',
  };
}

function manifestObject(bytes: Buffer, where: string): JsonObject {
  try {
    const manifest = parseJson(bytes, MANIFEST_LIMITS);
    if (isJsonObject(manifest)) return manifest;
  } catch (thrown) {
    if (!(thrown instanceof RejectedInput)) throw thrown;
  }
  throw invalid(where, 'its .manifest is not a JSON object', 'build it anew with `opa build`');
}

function wasmEntries(
  value: Json | undefined,
  where: string,
): { readonly module: string; readonly entrypoint: string }[] {
  if (value === undefined || value === null) return [];
  const items = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return items.map((item) => {
    const { module, entrypoint } = isJsonObject(item) ? item : {};
    if (typeof module !== 'string' || typeof entrypoint !== 'string') {
      throw invalid(
        where,
        'its .manifest lists a Wasm module without module and entrypoint',
        'build it anew with `opa build`',
      );
    }
    return { module: module.replace(LEADING_SLASHES, ''), entrypoint };
  });
}

/** Sorted by path, so that the same files give the same document whatever their order in the archive. */
function readData(files: BundleFiles, where: string): JsonObject {
  let data: JsonObject = {};
  for (const name of [...files.keys()].sort()) {
    const segments = name.split('/');
    const file = segments.pop();
    const bytes = files.get(name) as Buffer;
    if (file === 'data.json') data = mergeData(data, segments, parseDataJson(bytes, `${where}:${name}`), where);
    if (file === 'data.yaml' || file === 'data.yml') {
      data = mergeData(data, segments, parseDataYaml(bytes, `${where}:${name}`), where);
    }
  }
  return data;
}

function invalid(where: string, problem: string, next: string): TollgateError {
  return new TollgateError('policy_invalid', `the bundle cannot be used: ${problem}`, { where, next });
}
