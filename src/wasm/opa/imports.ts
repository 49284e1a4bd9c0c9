import { jsonText } from '../../codec/json-text.ts';
import { parseJson } from '../../codec/parse-json.ts';
import { EvaluationFault } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import type { BuiltinContext } from './builtins/operands.ts';
import type { NamedBuiltin } from './builtins.ts';
import { asAddress, type LinearMemory } from './linear-memory.ts';

/** Bounds of what crosses between a module and a builtin, and of an abort's message. */
const OPERAND_LIMITS = { maxBytes: 1_048_576, maxDepth: 64, maxValues: 100_000 } as const;
const ABORT_CHARS = 200;
/** OPA's allocator aborts with this when the memory is full (opa/wasm/src/malloc.c). */
const OUT_OF_MEMORY = 'opa_malloc: failed';

type ModuleFunction = (...operands: number[]) => unknown;

/**
 * What one instance's imports work with. Owned by its `OpaInstance`; the members that an instance has to exist for are
 * filled in as it comes up.
 *
 * 1. `fault` is the first fault of the current call into the module. A module can swallow exceptions (it may have
 *    handlers of its own), so whoever called into it looks here even when the call returned.
 * 2. `context` is that of the current evaluation.
 */
export interface HostState {
  readonly memory: LinearMemory;
  exports: Readonly<Record<string, unknown>>;
  builtins: ReadonlyMap<number, NamedBuiltin>;
  context: BuiltinContext;
  fault: EvaluationFault | undefined;
}

/**
 * The import object of a policy module. It replaces that of the SDK, which prints `opa_println` to standard output,
 * takes builtins from a prototype chain, rounds integers beyond 2^53, and reads strings without looking for the end of
 * the memory.
 */
export function hostImports(state: HostState): WebAssembly.ImportObject {
  const call = (id: number, _context: number, ...operands: number[]): number => callBuiltin(state, id, operands);
  return {
    env: {
      memory: state.memory.memory,
      opa_abort: (address: unknown) => fail(state, abortFault(state.memory, address)),
      // A policy has no output but its result.
      opa_println: () => undefined,
      opa_builtin0: call,
      opa_builtin1: call,
      opa_builtin2: call,
      opa_builtin3: call,
      opa_builtin4: call,
    },
  };
}

function fail(state: HostState, fault: EvaluationFault): never {
  state.fault ??= fault;
  throw fault;
}

function abortFault(memory: LinearMemory, address: unknown): EvaluationFault {
  const bytes = memory.stringBytes(asAddress(address), 65_536);
  const text = bytes === undefined ? 'no readable message' : printable(bytes.toString('latin1'));
  if (text.startsWith(OUT_OF_MEMORY)) return new EvaluationFault('memory_limit', "the policy's memory is full");
  return new EvaluationFault('trap', `the policy aborted: ${text}`);
}

function printable(text: string): string {
  return text.slice(0, ABORT_CHARS).replaceAll(/[^\x20-\x7e]/g, '?');
}

function callBuiltin(state: HostState, id: number, operands: readonly number[]): number {
  const builtin = state.builtins.get(id);
  if (builtin === undefined) {
    return fail(
      state,
      new EvaluationFault('missing_builtin', `the policy called builtin ${id}, which it does not declare`),
    );
  }
  let result: Json;
  try {
    const values = operands.map((address) => readValue(state, address));
    result = builtin.call(values, state.context);
  } catch (thrown) {
    if (thrown instanceof EvaluationFault) return fail(state, thrown);
    const message = thrown instanceof Error ? thrown.message : 'it failed';
    return fail(state, new EvaluationFault('builtin_failed', `${builtin.name}: ${message}`));
  }
  return writeValue(state, jsonText(result));
}

/** The JSON value at `address` inside the module. Throws when it cannot be read. */
function readValue(state: HostState, address: number): Json {
  const dumped = asAddress((state.exports.opa_json_dump as ModuleFunction)(address));
  const bytes = state.memory.stringBytes(dumped, OPERAND_LIMITS.maxBytes);
  if (bytes === undefined) throw new RangeError('an operand is too large or not readable');
  return parseJson(bytes, OPERAND_LIMITS);
}

/** Puts a JSON text into the module as a value and gives its address. Throws an `EvaluationFault` when it finds no room. */
function writeValue(state: HostState, text: string): number {
  const bytes = Buffer.from(text);
  const at = asAddress((state.exports.opa_malloc as ModuleFunction)(bytes.length));
  if (!state.memory.write(at, bytes)) {
    return fail(state, new EvaluationFault('memory_limit', "a value does not fit into the policy's memory"));
  }
  const parsed = asAddress((state.exports.opa_json_parse as ModuleFunction)(at, bytes.length));
  if (parsed <= 0) return fail(state, new EvaluationFault('trap', 'the policy module cannot read a JSON value'));
  return parsed;
}
