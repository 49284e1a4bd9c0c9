import wabtInit from 'wabt';

/** What a hand-written policy module is made of; absent parts are those of a module that allows everything. */
export interface ModuleParts {
  /** Limits of the imported memory in pages, e.g. `1` or `1 4`; empty: the module brings its own memory. */
  readonly memory?: string;
  readonly imports?: string;
  readonly abi?: readonly [version: string, minor: string];
  readonly builtins?: string;
  readonly entrypoints?: string;
  /** Text of the result set at address 3072. */
  readonly result?: string;
  /** Instructions of `opa_eval`, whose parameters are $ctx $entry $data $input $length $heap $format. */
  readonly evaluate?: string;
  /** Locals of `opa_eval`. */
  readonly locals?: string;
  /** Further fields of the module. */
  readonly fields?: string;
  /** An export that is left out. */
  readonly without?: string;
}

const ALLOW = '[{"result":{"effect":"allow"}}]';

/** The text format of a module that speaks OPA's ABI by the letter, where "values" are JSON texts themselves. */
export function policyWat(parts: ModuleParts = {}): string {
  const [version, minor] = parts.abi ?? ['(i32.const 1)', '(i32.const 3)'];
  const exported = (name: string): string => (name === parts.without ? '' : `(export "${name}")`);
  return `(module
    ${parts.imports ?? ''}
    ${parts.memory === '' ? '(memory 1)' : `(import "env" "memory" (memory ${parts.memory ?? '1'}))`}
    (global ${exported('opa_wasm_abi_version')} i32 ${version})
    (global ${exported('opa_wasm_abi_minor_version')} i32 ${minor})
    (global $top (mut i32) (i32.const 16384))
    (data (i32.const 1024) "${escaped(parts.builtins ?? '{}')}\\00")
    (data (i32.const 2048) "${escaped(parts.entrypoints ?? '{"p/decision":0}')}\\00")
    (data (i32.const 3072) "${escaped(parts.result ?? ALLOW)}\\00")
    (func ${exported('opa_malloc')} (param $size i32) (result i32) (local $at i32)
      (local.set $at (global.get $top))
      (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get $size)) (i32.const 16)) (i32.const -8)))
      (local.get $at))
    (func ${exported('opa_json_parse')} (param i32 i32) (result i32) (local.get 0))
    (func ${exported('opa_json_dump')} (param i32) (result i32) (local.get 0))
    (func ${exported('opa_heap_ptr_get')} (result i32) (global.get $top))
    (func ${exported('opa_heap_ptr_set')} (param i32) (global.set $top (local.get 0)))
    (func ${exported('builtins')} (result i32) (i32.const 1024))
    (func ${exported('entrypoints')} (result i32) (i32.const 2048))
    (func ${exported('opa_eval')}
      (param $ctx i32) (param $entry i32) (param $data i32) (param $input i32) (param $length i32) (param $heap i32)
      (param $format i32) (result i32) ${parts.locals ?? ''}
      ${parts.evaluate ?? '(i32.const 3072)'})
    ${parts.fields ?? ''})`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

/** Assembles a text-format module. Features beyond the first version of WebAssembly are on. */
export async function assemble(wat: string): Promise<Buffer> {
  const wabt = await wabtInit();
  const parsed = wabt.parseWat('policy.wat', wat, { exceptions: true });
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  return Buffer.from(buffer);
}

/** The compiled form of `policyWat(parts)`. */
export async function policyModule(parts: ModuleParts = {}): Promise<WebAssembly.Module> {
  return new WebAssembly.Module(await assemble(policyWat(parts)));
}

/** Loops for ever at `$p` when the input contains the bytes `LOOP`. */
const LOOP_ON_WORD = `
  (local.set $p (local.get $input))
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (i32.add (local.get $p) (i32.const 3)) (i32.add (local.get $input) (local.get $length))))
      (if (i32.eq (i32.load (local.get $p)) (i32.const 0x504f4f4c))
        (then (loop $forever (br $forever))))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br $next)))
  (i32.const 3072)`;

/**
 * The bytes of a module that speaks OPA's ABI (entrypoint `p/decision`), allows every event, and never returns for one
 * whose input contains `LOOP`.
 */
export function loopingModule(): Promise<Buffer> {
  return assemble(policyWat({ locals: '(local $p i32)', evaluate: LOOP_ON_WORD }));
}
