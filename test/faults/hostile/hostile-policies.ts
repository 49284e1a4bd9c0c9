import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../../../src/codec/package-file.ts';
import { TollgateError } from '../../../src/domain/errors.ts';
import { buildBundle } from '../../../src/registry/build-bundle.ts';
import { assemble, type ModuleParts, policyWat } from '../../wasm/hostile-modules.ts';

/** One hostile policy: what it is, and what a call of its tool must come to. */
interface HostilePolicy {
  readonly parts: ModuleParts;
  /** `error.code` of the deny; undefined: it does nothing that is forbidden, and its word counts. */
  readonly code: string | undefined;
}

const ABORT = '(import "env" "opa_abort" (func $abort (param i32)))';
const FOREVER = '(loop $forever (br $forever)) (unreachable)';
/** Some 25 ms of the CPU. */
const SLOW_TURNS = 25_000_000;
const COUNTING = `(loop $more
  (local.set $n (i32.add (local.get $n) (i32.const 1)))
  (br_if $more (i32.lt_u (local.get $n) (i32.const ${SLOW_TURNS}))))`;
const ANSWER = '(i32.const 3072)';
/** Takes every page that it is given, and writes to each. */
const GROWING = `(loop $more (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then (br $more))))
  (memory.fill (i32.const 65536) (i32.const 65) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 65536)))`;

/** By the name that follows `hostile-` in the tool that it judges. */
const POLICIES: Readonly<Record<string, HostilePolicy>> = {
  traps: { parts: { evaluate: '(unreachable)' }, code: 'trap' },
  divides: { parts: { evaluate: '(i32.div_u (i32.const 1) (i32.const 0))' }, code: 'trap' },
  recurses: { parts: { evaluate: '(call $r)', fields: '(func $r (result i32) (call $r))' }, code: 'trap' },
  aborts: { parts: { imports: ABORT, evaluate: `(call $abort ${ANSWER}) ${ANSWER}`, result: 'no' }, code: 'trap' },
  grows: { parts: { evaluate: `${GROWING} ${ANSWER}` }, code: undefined },
  endless: { parts: { evaluate: `${GROWING} (i32.const 65536)` }, code: 'invalid_result' },
  nowhere: { parts: { evaluate: '(i32.const -16)' }, code: 'invalid_result' },
  garbage: { parts: { result: '[{,}]' }, code: 'invalid_result' },
  nothing: { parts: { result: '[]' }, code: 'no_result' },
  false: { parts: { result: '[{"result":false}]' }, code: 'invalid_result' },
  zero: { parts: { result: '[{"result":0}]' }, code: 'invalid_result' },
  empty: { parts: { result: '[{"result":""}]' }, code: 'invalid_result' },
  null: { parts: { result: '[{"result":null}]' }, code: 'invalid_result' },
  effects: { parts: { result: '[{"result":{"effect":"permit"}}]' }, code: 'invalid_result' },
  slow: { parts: { locals: '(local $n i32)', evaluate: `${COUNTING} ${ANSWER}` }, code: undefined },
  loops: { parts: { evaluate: FOREVER }, code: 'timeout' },
};

/** How long an evaluation may take. Longer than the slow one takes on a busy machine. */
const TIMEOUT_MS = 250;
const LOOPS = 'loops';
const REGO = 'rego';
const MILD = [...Object.keys(POLICIES).filter((name) => name !== LOOPS), REGO];

const PREFIX = 'hostile-';

/** The tool whose policy never comes back; each call costs a time limit, a thread, and the partition's state read again. */
export const LOOPING_TOOL = PREFIX + LOOPS;

/** The tool of the `n`th call that meets a hostile policy; all but the looping one come in turn. */
export function hostileTool(n: number): string {
  return PREFIX + MILD[n % MILD.length];
}

/** What a call of a tool must be denied for: undefined for tools that no hostile policy judges, 'none' for none. */
export function expectedCode(tool: string | undefined): string | undefined {
  if (tool?.startsWith(PREFIX) !== true) return undefined;
  return POLICIES[tool.slice(PREFIX.length)]?.code ?? 'none';
}

/** Writes the modules into a directory; returns their entries of `policies`, each for its own tool. */
export async function hostilePolicies(directory: string, signal: AbortSignal): Promise<readonly object[]> {
  const entries: object[] = await slowRego(join(directory, 'slow.tar.gz'), signal);
  for (const [name, { parts }] of Object.entries(POLICIES)) {
    const wasm = join(directory, `${name}.wasm`);
    writeFileSync(wasm, await assemble(policyWat(parts)));
    const match = { tools: [PREFIX + name] };
    entries.push({ name: PREFIX + name, opa: { wasm }, match, limits: { timeoutMs: TIMEOUT_MS, memoryMb: 16 } });
  }
  return entries;
}

/** Rego that takes long over each call. Nothing where `opa` is missing: its calls are then judged by nobody hostile. */
async function slowRego(bundle: string, signal: AbortSignal): Promise<object[]> {
  try {
    await buildBundle(packageFile('test', 'faults', 'hostile', 'slow'), bundle, ['slow/decision'], signal);
  } catch (thrown) {
    if (thrown instanceof TollgateError && thrown.code === 'usage') return [];
    throw thrown;
  }
  const match = { tools: [PREFIX + REGO] };
  return [{ name: PREFIX + REGO, opa: { bundle, entrypoint: 'slow/decision' }, match }];
}
