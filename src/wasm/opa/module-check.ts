import { TollgateError } from '../../domain/errors.ts';

/** What OPA's compiler lets a module import, and nothing more (OPA, "WebAssembly", ABI 1.x). */
const KNOWN_IMPORTS: ReadonlyMap<string, WebAssembly.ExternKind> = new Map([
  ['memory', 'memory'],
  ['opa_abort', 'function'],
  ['opa_println', 'function'],
  ['opa_builtin0', 'function'],
  ['opa_builtin1', 'function'],
  ['opa_builtin2', 'function'],
  ['opa_builtin3', 'function'],
  ['opa_builtin4', 'function'],
]);

/** What the direct path of ABI 1.2 calls or reads. */
const NEEDED_EXPORTS: ReadonlyMap<string, WebAssembly.ExternKind> = new Map([
  ['opa_wasm_abi_version', 'global'],
  ['opa_wasm_abi_minor_version', 'global'],
  ['opa_eval', 'function'],
  ['opa_malloc', 'function'],
  ['opa_json_parse', 'function'],
  ['opa_json_dump', 'function'],
  ['opa_heap_ptr_get', 'function'],
  ['opa_heap_ptr_set', 'function'],
  ['builtins', 'function'],
  ['entrypoints', 'function'],
]);

/**
 * Checks a compiled module's imports and exports without running any of it. Throws `policy_invalid` that names
 * everything that is wrong. What only an instance can tell (ABI version, builtins, entrypoints) is checked where a
 * watchdog can stop it: in `openOpaInstance`, on a lane.
 */
export function inspectModule(module: WebAssembly.Module, where: string): void {
  const problems = [...importProblems(module), ...exportProblems(module)];
  if (problems.length === 0) return;
  throw new TollgateError('policy_invalid', `this is not an OPA policy module: ${problems.join('; ')}`, {
    where,
    next: 'build it with `opa build -t wasm -e ENTRYPOINT` (OPA 0.35 or later)',
  });
}

function importProblems(module: WebAssembly.Module): string[] {
  const problems: string[] = [];
  let hasMemory = false;
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const known = from === 'env' && KNOWN_IMPORTS.get(name) === kind;
    if (!known) problems.push(`it imports ${kind} ${shown(from)}.${shown(name)}, which no policy may have`);
    if (known && kind === 'memory') hasMemory = true;
  }
  if (!hasMemory) problems.push('it does not import memory env.memory, so its memory could not be limited');
  return problems;
}

function exportProblems(module: WebAssembly.Module): string[] {
  const kinds = new Map(WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]));
  const problems: string[] = [];
  for (const [name, kind] of NEEDED_EXPORTS) {
    const found = kinds.get(name);
    if (found === undefined) problems.push(`it does not export ${kind} ${name}`);
    else if (found !== kind) problems.push(`it exports ${name} as a ${found}, expected a ${kind}`);
  }
  return problems;
}

/** A name out of a module, short and printable: it goes into messages. */
function shown(name: string): string {
  return name.slice(0, 64).replaceAll(/[^\x20-\x7e]/g, '?');
}
