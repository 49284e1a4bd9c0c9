import { EvaluationFault } from '../../domain/errors.ts';
import type { BuiltinContext } from './builtins/operands.ts';
import type { OpaInstance, OpaModuleSpec } from './instance.ts';
import { openOpaInstance } from './open-instance.ts';

/** A policy gives few different answers: that many are kept, each no longer than this. */
const CACHED_ANSWERS = 512;
const CACHED_BYTES = 2_048;

export interface OpaEvaluator<T> {
  /**
   * Evaluates a JSON text (undefined: no input). The host must have written the text from parsed values: OPA's reader
   * takes what is no JSON for "no input", and stops at the end of the first document. Throws an `EvaluationFault`; never
   * gives an answer that the module did not give.
   */
  evaluate(inputText: string | undefined, context: BuiltinContext): T;
}

/**
 * An OPA policy, ready to be asked: opens its instance at once (see `openOpaInstance`: needs a watchdog, throws
 * `policy_invalid`) and opens another after a fault. `read` turns the bytes of a result set into an answer and must be
 * a pure function of them: its answers are shared between evaluations with the same result.
 *
 * Owns the instance and the answers it has seen:
 * 1. An instance that is broken is replaced before the next evaluation, not before.
 * 2. At most CACHED_ANSWERS answers are kept; the oldest goes first. What `read` refused is not kept.
 */
export function createOpaEvaluator<T>(spec: OpaModuleSpec, read: (resultSet: Buffer) => T): OpaEvaluator<T> {
  const answers = new Map<string, T>();
  let instance = openOpaInstance(spec);
  return {
    evaluate(inputText, context) {
      if (instance.broken) instance = reopen(spec);
      const bytes = instance.evaluate(inputText, context);
      if (bytes.length > CACHED_BYTES) return read(bytes);
      // Latin-1 maps bytes to characters one to one: the cheapest key that is exact.
      const key = bytes.toString('latin1');
      const known = answers.get(key);
      if (known !== undefined) return known;
      const answer = read(bytes);
      if (answers.size >= CACHED_ANSWERS) answers.delete(answers.keys().next().value as string);
      answers.set(key, answer);
      return answer;
    },
  };
}

/** The module came up once, so that a failure now is one of this evaluation: a fault, not a refusal to load. */
function reopen(spec: OpaModuleSpec): OpaInstance {
  try {
    return openOpaInstance(spec);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new EvaluationFault('trap', `the policy did not come up again: ${message}`, { cause: thrown });
  }
}
