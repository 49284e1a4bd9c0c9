import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { EvaluationFault } from '../../src/domain/errors.ts';
import { readBundle } from '../../src/registry/read-bundle.ts';
import { createOpaEvaluator } from '../../src/wasm/opa/evaluate.ts';
import { policyModule } from './hostile-modules.ts';

const CONTEXT = { nowMs: 1_763_715_060_123, seed: 'event-1' };
const ALLOW = '[{"result":{"effect":"allow"}}]';

/** A module whose answer is its input: what stands at the input's place is ended by a zero and given back. */
const ECHO = '(i32.store8 (i32.add (local.get $input) (local.get $length)) (i32.const 0)) (local.get $input)';

function specOf(module: WebAssembly.Module, entrypoint = 'p/decision', dataText = '{}') {
  const limits = { memoryMb: 16, maxInputBytes: 1_000_000 };
  return { name: 'p', module, dataText, entrypoint, limits, maxAnswerBytes: 100_000 };
}

describe('an evaluator', () => {
  it('reads equal results once and shares the answer', async () => {
    let reads = 0;
    const evaluator = createOpaEvaluator(specOf(await policyModule({ evaluate: ECHO })), (bytes) => {
      reads++;
      return { text: bytes.toString('utf8') };
    });
    const first = evaluator.evaluate('"é"', CONTEXT);
    expect(first).toEqual({ text: '"é"' });
    expect(evaluator.evaluate('"é"', CONTEXT)).toBe(first);
    expect(evaluator.evaluate('"e"', CONTEXT)).toEqual({ text: '"e"' });
    expect(reads).toBe(2);
  });

  it('keeps a bounded number of answers, of bounded size', async () => {
    let reads = 0;
    const evaluator = createOpaEvaluator(specOf(await policyModule({ evaluate: ECHO })), () => {
      reads++;
      return reads;
    });
    for (let i = 0; i < 600; i++) evaluator.evaluate(`"${i}"`, CONTEXT);
    evaluator.evaluate('"599"', CONTEXT);
    expect(reads).toBe(600);
    evaluator.evaluate('"0"', CONTEXT);
    expect(reads).toBe(601);
    const long = JSON.stringify('x'.repeat(3000));
    evaluator.evaluate(long, CONTEXT);
    evaluator.evaluate(long, CONTEXT);
    expect(reads).toBe(603);
  });

  it('asks again after an answer that could not be read', async () => {
    let reads = 0;
    const evaluator = createOpaEvaluator(specOf(await policyModule()), () => {
      reads++;
      throw new EvaluationFault('invalid_result', 'no');
    });
    for (let i = 0; i < 2; i++) expect(() => evaluator.evaluate('{}', CONTEXT)).toThrow(EvaluationFault);
    expect(reads).toBe(2);
  });

  it('gives the module the bytes of the input and nothing of an earlier, longer one', async () => {
    const evaluator = createOpaEvaluator(specOf(await policyModule({ evaluate: ECHO })), (bytes) => bytes.toString());
    const texts = ['{"long":"abcdefghijklmnopqrstuvwxyz"}', '1', '"héllo 😀"', '{}'];
    for (const text of texts) expect(evaluator.evaluate(text, CONTEXT)).toBe(text);
  });

  it('can be asked without an input', async () => {
    const evaluator = createOpaEvaluator(specOf(await policyModule()), (bytes) => bytes.toString());
    expect(evaluator.evaluate(undefined, CONTEXT)).toBe(ALLOW);
  });
});

describe('a module that OPA built', () => {
  let module: WebAssembly.Module;
  let dataText: string;

  beforeAll(async () => {
    const bundle = await readBundle(
      readFileSync(new URL('../../policies/dist/first.tar.gz', import.meta.url)),
      'first',
    );
    module = new WebAssembly.Module(bundle.moduleBytes);
    dataText = JSON.stringify(bundle.data);
  });

  it('answers a thousand events from one instance, each by its own input', () => {
    const evaluator = createOpaEvaluator(specOf(module, 'first/decision', dataText), (bytes) => bytes.toString());
    for (let i = 0; i < 1000; i++) {
      const tool = i % 2 === 0 ? 'read_file' : 'shell';
      const answer = evaluator.evaluate(`{"tool":"${tool}","pad":"${'x'.repeat(i)}"}`, CONTEXT);
      expect(answer.includes('allow')).toBe(i % 2 === 0);
    }
  });
});
