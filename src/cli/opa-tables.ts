import { parseJson } from '../codec/parse-json.ts';
import { TollgateError } from '../domain/errors.ts';
import { isJsonObject } from '../domain/json.ts';
import { BUILTINS } from '../wasm/opa/builtins.ts';
import { type HostState, hostImports } from '../wasm/opa/imports.ts';
import { asAddress, LinearMemory } from '../wasm/opa/linear-memory.ts';

/** 16 MiB: what a policy is given unless its limits say otherwise. */
const MEMORY_PAGES = 256;
const TABLE_LIMITS = { maxBytes: 1_048_576, maxDepth: 4, maxValues: 10_000 } as const;

/** What an OPA module says of itself. Names are sorted. */
export interface OpaTables {
  /** `1.3` */
  readonly abi: string;
  readonly entrypoints: readonly string[];
  readonly builtins: readonly string[];
  /** Those of `builtins` that Tollgate does not have: with any, the module cannot be used. */
  readonly missing: readonly string[];
}

/** Asks a module that has passed `inspectModule` for its tables, which runs a little of its code. Throws `policy_invalid`. */
export function readOpaTables(module: WebAssembly.Module, where: string): OpaTables {
  const state: HostState = {
    memory: new LinearMemory(MEMORY_PAGES, MEMORY_PAGES),
    exports: {},
    builtins: new Map(),
    context: { nowMs: 0, seed: '' },
    fault: undefined,
  };
  try {
    state.exports = new WebAssembly.Instance(module, hostImports(state)).exports;
    const builtins = tableNames(state, 'builtins');
    return {
      abi: `${globalNumber(state, 'opa_wasm_abi_version')}.${globalNumber(state, 'opa_wasm_abi_minor_version')}`,
      entrypoints: tableNames(state, 'entrypoints'),
      builtins,
      missing: builtins.filter((name) => !BUILTINS.has(name)),
    };
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new TollgateError('policy_invalid', `the module does not answer as OPA modules do: ${what}`, {
      where,
      next: 'build it anew with `tollgate policy build DIR -o OUT -e ENTRYPOINT`',
      cause,
    });
  }
}

function globalNumber(state: HostState, name: string): number {
  const exported = state.exports[name];
  return exported instanceof WebAssembly.Global ? Number(exported.value) : Number.NaN;
}

function tableNames(state: HostState, name: 'builtins' | 'entrypoints'): readonly string[] {
  const address = call(state, 'opa_json_dump', call(state, name));
  const bytes = state.memory.stringBytes(asAddress(address), TABLE_LIMITS.maxBytes);
  if (bytes === undefined) throw new Error(`its table of ${name} cannot be read`);
  const table = parseJson(bytes, TABLE_LIMITS);
  if (!isJsonObject(table)) throw new Error(`its table of ${name} is not an object`);
  return Object.keys(table).sort();
}

function call(state: HostState, name: string, ...operands: readonly unknown[]): unknown {
  const exported = state.exports[name];
  if (typeof exported !== 'function') throw new Error(`it does not export ${name}`);
  return exported(...operands);
}
