import { describe, expect, it } from 'vitest';
import { EvaluationFault, TollgateError } from '../../src/domain/errors.ts';
import { createOpaEvaluator, type OpaEvaluator } from '../../src/wasm/opa/evaluate.ts';
import { inspectModule } from '../../src/wasm/opa/module-check.ts';
import { openOpaInstance } from '../../src/wasm/opa/open-instance.ts';
import { assemble, loopingModule, type ModuleParts, policyModule } from './hostile-modules.ts';

const CONTEXT = { nowMs: 1_763_715_060_123, seed: 'event-1' };

async function evaluatorOf(parts: ModuleParts, limits = {}): Promise<OpaEvaluator<string>> {
  const module = await policyModule(parts);
  inspectModule(module, 'p.wasm');
  return createOpaEvaluator(specOf(module, limits), (bytes) => bytes.toString('utf8'));
}

function specOf(module: WebAssembly.Module, limits = {}) {
  return {
    name: 'p',
    module,
    dataText: '{}',
    entrypoint: 'p/decision',
    limits: { memoryMb: 1, maxInputBytes: 4096, ...limits },
    maxAnswerBytes: 1024,
  };
}

/** What `act` throws, as `code: message`. */
function thrownBy(act: () => unknown): string {
  try {
    return `nothing, but gave ${String(act())}`;
  } catch (thrown) {
    if (thrown instanceof EvaluationFault || thrown instanceof TollgateError)
      return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
}

describe('a module is refused before any of it runs', () => {
  const cases: readonly (readonly [string, ModuleParts, string])[] = [
    [
      'a foreign import',
      { imports: '(import "wasi_snapshot_preview1" "fd_write" (func (param i32)))' },
      'wasi_snapshot_preview1.fd_write',
    ],
    ['a function of env that OPA does not have', { imports: '(import "env" "fetch" (func))' }, 'env.fetch'],
    ['an import of another kind', { imports: '(import "env" "opa_abort" (global i32))' }, 'global env.opa_abort'],
    ['a memory of its own', { memory: '' }, 'does not import memory env.memory'],
    ['no opa_eval', { without: 'opa_eval' }, 'does not export function opa_eval'],
    ['no ABI version', { without: 'opa_wasm_abi_version' }, 'does not export global opa_wasm_abi_version'],
    ['no builtins', { without: 'builtins' }, 'does not export function builtins'],
  ];
  it.each(cases)('%s', async (_name, parts, message) => {
    const module = await policyModule(parts);
    expect(thrownBy(() => inspectModule(module, 'p.wasm'))).toContain('policy_invalid: ');
    expect(thrownBy(() => inspectModule(module, 'p.wasm'))).toContain(message);
  });

  it('and everything that is wrong is named at once', async () => {
    const module = new WebAssembly.Module(await assemble('(module (import "a" "b" (func)))'));
    const message = thrownBy(() => inspectModule(module, 'p.wasm'));
    for (const name of ['a.b', 'env.memory', 'opa_eval', 'entrypoints']) expect(message).toContain(name);
  });
});

describe('a module is refused when it comes up', () => {
  const cases: readonly (readonly [string, ModuleParts, string])[] = [
    ['another ABI version', { abi: ['(i32.const 2)', '(i32.const 0)'] }, 'ABI version is 2.0'],
    ['an ABI without the direct path', { abi: ['(i32.const 1)', '(i32.const 1)'] }, 'ABI version is 1.1'],
    ['a minimum memory beyond the limit', { memory: '17' }, 'could not be started'],
    ['a maximum memory below the limit', { memory: '1 4' }, 'could not be started'],
    [
      'a start function that traps',
      { fields: '(func $s unreachable) (start $s)' },
      'could not be started: unreachable',
    ],
    [
      'a start function that aborts',
      {
        imports: '(import "env" "opa_abort" (func $abort (param i32)))',
        fields: '(data (i32.const 64) "bad luck\\00") (func $s (call $abort (i32.const 64))) (start $s)',
      },
      'the policy aborted: bad luck',
    ],
    [
      'a missing entrypoint',
      { entrypoints: '{"q/other":0,"q/x":1}' },
      'no entrypoint p/decision; it has: q/other, q/x',
    ],
    ['a table of entrypoints that is no JSON', { entrypoints: '{' }, 'could not be started'],
    ['a table of entrypoints that is a list', { entrypoints: '[]' }, 'table of entrypoints is not an object'],
    ['an entrypoint without a number', { entrypoints: '{"p/decision":"0"}' }, 'table of entrypoints is broken'],
    [
      'unknown builtins, all at once',
      { builtins: '{"http.send":0,"no.such":1}' },
      'http.send (it reaches the network, so replay could not repeat it); no.such (not built here)',
    ],
    ['a builtin named like an inherited member', { builtins: '{"constructor":0}' }, 'constructor (not built here)'],
  ];
  it.each(cases)('%s', async (_name, parts, message) => {
    const module = await policyModule(parts);
    inspectModule(module, 'p.wasm');
    expect(thrownBy(() => openOpaInstance(specOf(module)))).toContain(`policy_invalid: `);
    expect(thrownBy(() => openOpaInstance(specOf(module)))).toContain(message);
  });

  it('data that does not fit into its memory', async () => {
    const module = await policyModule();
    const dataText = JSON.stringify({ long: 'x'.repeat(2_000_000) });
    expect(thrownBy(() => openOpaInstance({ ...specOf(module), dataText }))).toContain('policy_invalid: ');
  });

  it('several entrypoints when none is named', async () => {
    const module = await policyModule({ entrypoints: '{"p/b":0,"p/a":1}' });
    expect(thrownBy(() => openOpaInstance({ ...specOf(module), entrypoint: undefined }))).toContain('p/a, p/b');
  });
});

describe('an evaluation that goes wrong is a fault, never an answer', () => {
  const abort = '(import "env" "opa_abort" (func $abort (param i32)))';
  const builtin = '(import "env" "opa_builtin1" (func $call (param i32 i32 i32) (result i32)))';
  const cases: readonly (readonly [string, ModuleParts, string])[] = [
    ['unreachable', { evaluate: '(unreachable)' }, 'trap: the policy trapped: unreachable'],
    [
      'a division by zero',
      { evaluate: '(i32.div_u (i32.const 1) (i32.const 0))' },
      'trap: the policy trapped: divide by zero',
    ],
    ['a store beyond the memory', { evaluate: '(i32.store (i32.const -8) (i32.const 1)) (i32.const 3072)' }, 'trap: '],
    ['an endless recursion', { evaluate: '(call $r)', fields: '(func $r (result i32) (call $r))' }, 'trap: '],
    [
      'an abort',
      {
        imports: abort,
        evaluate: '(call $abort (i32.const 3072)) (i32.const 3072)',
        result: 'var assignment conflict',
      },
      'trap: the policy aborted: var assignment conflict',
    ],
    [
      'an abort whose message lies nowhere',
      { imports: abort, evaluate: '(call $abort (i32.const -1)) (i32.const 3072)' },
      'trap: the policy aborted: no readable message',
    ],
    [
      'a full memory',
      { imports: abort, evaluate: '(call $abort (i32.const 3072)) (i32.const 3072)', result: 'opa_malloc: failed' },
      'memory_limit: ',
    ],
    ['a result beyond the memory', { evaluate: '(i32.const -16)' }, 'invalid_result: '],
    [
      'a result that does not end',
      {
        evaluate:
          '(memory.fill (i32.const 0) (i32.const 65) (i32.mul (memory.size) (i32.const 0x10000))) (i32.const 64)',
      },
      'invalid_result: ',
    ],
    [
      'a result larger than its limit',
      { evaluate: '(memory.fill (i32.const 8192) (i32.const 65) (i32.const 1025)) (i32.const 8192)' },
      'invalid_result: ',
    ],
    [
      'a builtin that it does not declare',
      { imports: builtin, evaluate: '(call $call (i32.const 7) (i32.const 0) (i32.const 3072))' },
      'missing_builtin: ',
    ],
    [
      'an operand that does not fit',
      {
        imports: builtin,
        builtins: '{"crypto.sha256":0}',
        evaluate: '(call $call (i32.const 0) (i32.const 0) (i32.const 3072))',
        result: '5',
      },
      'builtin_failed: crypto.sha256: operand 1 must be a string',
    ],
    [
      'an operand that is no JSON',
      {
        imports: builtin,
        builtins: '{"crypto.sha256":0}',
        evaluate: '(call $call (i32.const 0) (i32.const 0) (i32.const 3072))',
        result: '{,}',
      },
      'builtin_failed: crypto.sha256: ',
    ],
    [
      'an operand that lies nowhere',
      {
        imports: builtin,
        builtins: '{"crypto.sha256":0}',
        evaluate: '(call $call (i32.const 0) (i32.const 0) (i32.const -4))',
      },
      'builtin_failed: crypto.sha256: ',
    ],
  ];
  it.each(cases)('%s', async (_name, parts, expected) => {
    const evaluator = await evaluatorOf(parts);
    expect(thrownBy(() => evaluator.evaluate('{}', CONTEXT))).toContain(expected);
    // The next evaluation runs in a new instance and fails in the same way.
    expect(thrownBy(() => evaluator.evaluate('{}', CONTEXT))).toContain(expected);
  });

  it('also when the module catches what the host throws', async () => {
    const evaluator = await evaluatorOf({
      imports: abort,
      evaluate: '(try (do (call $abort (i32.const 3072))) (catch_all)) (i32.const 3072)',
    });
    expect(thrownBy(() => evaluator.evaluate('{}', CONTEXT))).toContain('trap: the policy aborted');
  });

  it('and the memory never grows beyond its limit', async () => {
    const evaluator = await evaluatorOf({
      locals: '(local $n i32)',
      // Asks for a page until there is none, then tells how many it got.
      evaluate: `(loop $more (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $more))))
        (i32.store8 (i32.const 3072) (i32.add (i32.const 48) (local.get $n))) (i32.const 3072)`,
      result: '?',
    });
    // It began with eight pages of the sixteen that one megabyte has.
    expect(evaluator.evaluate('{}', CONTEXT)).toBe('8');
  });

  it('an input beyond its limit never reaches the module', async () => {
    const evaluator = await evaluatorOf({}, { maxInputBytes: 8 });
    expect(thrownBy(() => evaluator.evaluate('"1234567"', CONTEXT))).toContain('input_too_large: ');
    // Bytes count, not characters.
    expect(thrownBy(() => evaluator.evaluate('"ééé€"', CONTEXT))).toContain('input_too_large: ');
    expect(evaluator.evaluate('"123456"', CONTEXT)).toContain('allow');
  });

  it('an input that finds no room in the memory is a fault', async () => {
    const evaluator = await evaluatorOf({}, { maxInputBytes: 10_000_000 });
    const input = JSON.stringify('x'.repeat(1_040_000));
    expect(thrownBy(() => evaluator.evaluate(input, CONTEXT))).toContain('memory_limit: ');
    expect(evaluator.evaluate('{}', CONTEXT)).toContain('allow');
  });
});

describe('a module that came through a fault', () => {
  it('is as new: nothing of the failed evaluation is left', async () => {
    // Counts evaluations in its memory, and traps on the second one.
    const evaluator = await evaluatorOf({
      evaluate: `(i32.store8 (i32.const 3072) (i32.add (i32.load8_u (i32.const 3072)) (i32.const 1)))
        (if (i32.eq (i32.load8_u (i32.const 3072)) (i32.const 50)) (then unreachable)) (i32.const 3072)`,
      result: '0',
    });
    expect(evaluator.evaluate('{}', CONTEXT)).toBe('1');
    expect(thrownBy(() => evaluator.evaluate('{}', CONTEXT))).toContain('trap: ');
    expect(evaluator.evaluate('{}', CONTEXT)).toBe('1');
  });

  it('keeps answering when the module swaps its memory buffer by growing it by nothing', async () => {
    const evaluator = await evaluatorOf({ evaluate: '(drop (memory.grow (i32.const 0))) (i32.const 3072)' });
    expect(evaluator.evaluate('{}', CONTEXT)).toContain('allow');
    expect(evaluator.evaluate('{"a":1}', CONTEXT)).toContain('allow');
  });
});

describe('builtins', () => {
  it('get and give integers beyond 2^53 with all their digits', async () => {
    const evaluator = await evaluatorOf({
      imports: '(import "env" "opa_builtin0" (func $call (param i32 i32) (result i32)))',
      builtins: '{"time.now_ns":3}',
      evaluate: '(call $call (i32.const 3) (i32.const 0))',
    });
    expect(evaluator.evaluate('{}', { nowMs: 1_763_715_060_123, seed: 's' })).toBe('1763715060123000000');
    expect(evaluator.evaluate('{}', { nowMs: 9_007_199_254, seed: 's' })).toBe('9007199254000000');
  });
});

describe('the looping module', () => {
  it('answers like any other as long as the word is not there', async () => {
    const module = new WebAssembly.Module(await loopingModule());
    inspectModule(module, 'loop.wasm');
    const instance = openOpaInstance(specOf(module));
    expect(instance.evaluate('{"a":"LOO"}', CONTEXT).toString()).toBe('[{"result":{"effect":"allow"}}]');
  });
});
