import { text } from 'node:stream/consumers';
import { jsonText } from '../codec/json-text.ts';
import { parseJson } from '../codec/parse-json.ts';
import { RejectedInput } from '../codec/rejected-input.ts';
import { EvaluationFault, TollgateError } from '../domain/errors.ts';
import { mergeData, parseDataJson } from '../registry/data-document.ts';
import { createOpaEvaluator } from '../wasm/opa/evaluate.ts';
import { type ModuleFile, readInput, readModuleFile } from './module-file.ts';
import type { Terminal } from './terminal.ts';

/** Generous: whoever tries a policy out sits before it, and can stop it. */
const MAX_INPUT_BYTES = 16_777_216;
const EVAL_LIMITS = { memoryMb: 256, maxInputBytes: MAX_INPUT_BYTES } as const;
const INPUT_LIMITS = { maxBytes: MAX_INPUT_BYTES, maxDepth: 512, maxValues: 5_000_000 } as const;
const SEED = 'policy-eval';

/** Flags of `policy eval`; `input` may be `-`. */
export interface EvalFlags {
  readonly entrypoint?: string;
  readonly data?: string;
  readonly input?: string;
}

/** Evaluates a policy once and prints its raw result set. Throws `check_failed` when the policy fails. */
export async function evalPolicy(path: string, flags: EvalFlags, terminal: Terminal): Promise<void> {
  const file = await readModuleFile(path);
  const input = flags.input === undefined ? undefined : await readInputDocument(flags.input, terminal.stdin);
  const spec = {
    name: path,
    module: file.module,
    dataText: jsonText(await readData(file, flags.data)),
    entrypoint: flags.entrypoint,
    limits: EVAL_LIMITS,
    maxAnswerBytes: MAX_INPUT_BYTES,
  };
  const evaluator = createOpaEvaluator(spec, (resultSet) => resultSet.toString('utf8'));
  terminal.out.write(`${evaluate(() => evaluator.evaluate(input, { nowMs: Date.now(), seed: SEED }), path)}\n`);
}

function evaluate(run: () => string, path: string): string {
  try {
    return run();
  } catch (thrown) {
    if (!(thrown instanceof EvaluationFault)) throw thrown;
    throw new TollgateError('check_failed', `the policy failed (${thrown.code}): ${thrown.message}`, {
      where: path,
      next: 'in the processor this is a deny',
      cause: thrown,
    });
  }
}

async function readData(file: ModuleFile, path: string | undefined) {
  if (path === undefined) return file.data;
  return mergeData(file.data, [], parseDataJson(await readInput(path), path), path);
}

async function readInputDocument(path: string, stdin: NodeJS.ReadableStream): Promise<string> {
  const bytes = path === '-' ? Buffer.from(await text(stdin)) : await readInput(path);
  try {
    return jsonText(parseJson(bytes, INPUT_LIMITS));
  } catch (thrown) {
    if (!(thrown instanceof RejectedInput)) throw thrown;
    throw new TollgateError('input_unreadable', `the input is not JSON that Tollgate takes: ${thrown.message}`, {
      where: path === '-' ? 'standard input' : path,
      next: 'give one JSON value',
      cause: thrown,
    });
  }
}
