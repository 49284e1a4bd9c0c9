import { createRequire } from 'node:module';
import { parseJson } from '../../codec/parse-json.ts';
import { TollgateError } from '../../domain/errors.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { BuiltinContext } from './builtins/operands.ts';
import { resolveBuiltins } from './builtins.ts';
import { type HostState, hostImports } from './imports.ts';
import { OpaInstance, type OpaModuleSpec } from './instance.ts';
import { asAddress, LinearMemory } from './linear-memory.ts';

/** The SDK keeps its ES module to `loadPolicy`, which brings its own imports; the class is on its CommonJS side. */
const { LoadedPolicy } = createRequire(import.meta.url)(
  '@open-policy-agent/opa-wasm',
) as typeof import('@open-policy-agent/opa-wasm');

/** 64 KiB pages in a mebibyte. */
const PAGES_PER_MB = 16;
/** Pages to begin with, half a megabyte: most policies never need more. */
const FIRST_PAGES = 8;
/** Bounds of a module's tables of builtins and entrypoints. */
const TABLE_LIMITS = { maxBytes: 1_048_576, maxDepth: 4, maxValues: 10_000 } as const;
const NO_CONTEXT: BuiltinContext = { nowMs: 0, seed: '' };

/**
 * Instantiates a module, checks what only an instance can tell (ABI version, builtins, entrypoint) and loads its data.
 * Runs the module's code, which may never end: call it where a watchdog can stop the thread. Throws `policy_invalid`.
 */
export function openOpaInstance(spec: OpaModuleSpec): OpaInstance {
  const maximum = spec.limits.memoryMb * PAGES_PER_MB;
  // What a module wants at least is written inside it only: linking fails, before any of it runs, when that is more.
  for (let pages = FIRST_PAGES; pages < maximum; pages *= 2) {
    const opened = tryOpen(spec, pages, maximum);
    if (opened !== undefined) return opened;
  }
  return tryOpen(spec, maximum, maximum) ?? refuse(spec, new Error('its imports cannot be linked'));
}

/** Undefined when the module cannot be linked with a memory of `pages`. */
function tryOpen(spec: OpaModuleSpec, pages: number, maximum: number): OpaInstance | undefined {
  let state: HostState | undefined;
  try {
    state = newState(pages, maximum);
    const instance = link(spec.module, state, pages < maximum);
    return instance && setUp(spec, state, instance);
  } catch (thrown) {
    return refuse(spec, state?.fault ?? thrown);
  }
}

function newState(pages: number, maximum: number): HostState {
  const memory = new LinearMemory(pages, maximum);
  return { memory, exports: {}, builtins: new Map(), context: NO_CONTEXT, fault: undefined };
}

function link(module: WebAssembly.Module, state: HostState, mayWantMore: boolean): WebAssembly.Instance | undefined {
  try {
    return new WebAssembly.Instance(module, hostImports(state));
  } catch (thrown) {
    if (mayWantMore && thrown instanceof WebAssembly.LinkError) return undefined;
    throw thrown;
  }
}

function setUp(spec: OpaModuleSpec, state: HostState, instance: WebAssembly.Instance): OpaInstance {
  state.exports = instance.exports;
  const minorVersion = checkAbi(state, spec.name);
  state.builtins = resolveBuiltins(readTable(state, 'builtins', spec.name), spec.name);
  const entrypoint = findEntrypoint(readTable(state, 'entrypoints', spec.name), spec);
  const loaded = new LoadedPolicy({ instance, module: spec.module }, state.memory.memory, minorVersion);
  loaded.setData(jsonBytes(spec.dataText));
  const heapBase = asAddress(loaded.dataHeapPtr);
  if (heapBase < 0 || !state.memory.reach(heapBase)) throw invalid(spec.name, 'its heap lies outside its memory');
  if (state.fault !== undefined) throw state.fault;
  return new OpaInstance(spec, state, entrypoint, loaded.dataAddr, heapBase);
}

function refuse(spec: OpaModuleSpec, cause: unknown): never {
  if (cause instanceof TollgateError) throw cause;
  const what = cause instanceof Error ? cause.message : String(cause);
  throw new TollgateError('policy_invalid', `the policy module could not be started: ${what}`, {
    where: spec.name,
    next: `check that it is an unchanged OPA module and fits into limits.memoryMb (${spec.limits.memoryMb})`,
    cause,
  });
}

/** The module's minor ABI version. */
function checkAbi(state: HostState, where: string): number {
  const version = globalValue(state.exports.opa_wasm_abi_version);
  const minor = globalValue(state.exports.opa_wasm_abi_minor_version);
  if (version === 1 && typeof minor === 'number' && minor >= 2) return minor;
  throw invalid(where, `its ABI version is ${version}.${minor}, Tollgate speaks 1.2 and later 1.x`);
}

/** JSON text as the SDK takes it: bytes in a buffer of their own go in as they are, without a round trip over doubles. */
function jsonBytes(text: string): ArrayBuffer {
  const bytes = new TextEncoder().encode(text);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function globalValue(exported: unknown): number | undefined {
  const value = exported instanceof WebAssembly.Global ? exported.value : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** The table (name → id) that the module's function `name` gives. */
function readTable(state: HostState, name: 'builtins' | 'entrypoints', where: string): ReadonlyMap<string, number> {
  const value = (state.exports[name] as () => unknown)();
  const dumped = (state.exports.opa_json_dump as (address: unknown) => unknown)(value);
  const bytes = state.memory.stringBytes(asAddress(dumped), TABLE_LIMITS.maxBytes);
  if (bytes === undefined) throw invalid(where, `its table of ${name} is not readable`);
  const table = parseJson(bytes, TABLE_LIMITS);
  if (!isJsonObject(table)) throw invalid(where, `its table of ${name} is not an object`);
  const entries = new Map<string, number>();
  for (const [key, id] of Object.entries(table)) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0)
      throw invalid(where, `its table of ${name} is broken`);
    entries.set(key, id);
  }
  return entries;
}

function findEntrypoint(table: ReadonlyMap<string, number>, spec: OpaModuleSpec): number {
  const names = [...table.keys()].sort();
  if (spec.entrypoint === undefined && names.length > 1) {
    throw invalid(spec.name, `it has several entrypoints, and none is named: ${names.join(', ')}`);
  }
  const id = table.get(spec.entrypoint ?? names[0] ?? '');
  if (id !== undefined) return id;
  throw invalid(spec.name, `it has no entrypoint ${spec.entrypoint ?? ''}; it has: ${names.join(', ') || 'none'}`);
}

function invalid(where: string, problem: string): TollgateError {
  return new TollgateError('policy_invalid', `the policy module cannot be used: ${problem}`, {
    where,
    next: 'build it anew with `opa build -t wasm -e ENTRYPOINT`',
  });
}
