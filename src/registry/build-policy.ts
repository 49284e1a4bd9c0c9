import { parseJson } from '../codec/parse-json.ts';
import { RejectedInput } from '../codec/rejected-input.ts';
import { EvaluationFault, TollgateError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Policy, PolicyHead } from '../domain/policy.ts';
import type { Answer } from '../domain/verdict.ts';
import { INSPECTORS } from '../inspectors/catalogue.ts';
import { inputWriter } from '../judge/input-document.ts';
import { answerFrom, resultValue } from '../judge/result-forms.ts';
import { createOpaEvaluator } from '../wasm/opa/evaluate.ts';
import type { LoadedOpa, LoadedPolicy } from './loaded-policy.ts';

/** Depth and size of a result set, beside its bytes. */
const RESULT_LIMITS = { maxDepth: 64, maxValues: 50_000 } as const;

/**
 * Makes a loaded policy ready to judge. For an OPA policy this runs the module's code: call it on a lane, under its
 * watchdog. Throws `policy_invalid` or `config_invalid`.
 */
export function buildPolicy({ head, engine }: LoadedPolicy): Policy {
  return engine.kind === 'opa'
    ? buildOpaPolicy(head, engine)
    : buildInspectorPolicy(head, engine.inspector, engine.options);
}

function buildInspectorPolicy(head: PolicyHead, inspector: string, options: JsonObject): Policy {
  const kind = INSPECTORS.get(inspector);
  if (kind === undefined) {
    throw new TollgateError('config_invalid', `there is no built-in inspector ${inspector}`, {
      where: head.name,
      next: `use one of: ${[...INSPECTORS.keys()].join(', ')}`,
    });
  }
  return { head, judge: kind.create(options) };
}

function buildOpaPolicy(head: PolicyHead, engine: LoadedOpa): Policy {
  const { module, dataText, entrypoint, input, reads, maxAnswerBytes } = engine;
  const { name, limits } = head;
  const spec = { name, module, dataText, entrypoint, limits, maxAnswerBytes };
  const evaluator = createOpaEvaluator(spec, (resultSet) => readAnswer(resultSet, engine));
  const write = inputWriter(input, reads);
  return {
    head,
    judge: (view) => evaluator.evaluate(view.input(write), { nowMs: view.session.clockMs, seed: view.event.eventId }),
  };
}

/** A pure function of the bytes: the same result set always means the same answer. */
function readAnswer(resultSet: Buffer, { result, gate, maxAnswerBytes }: LoadedOpa): Answer {
  return deepFreeze(answerFrom(result, resultValue(parseResult(resultSet, maxAnswerBytes)), { gate }));
}

function parseResult(resultSet: Buffer, maxBytes: number) {
  try {
    return parseJson(resultSet, { maxBytes, ...RESULT_LIMITS });
  } catch (thrown) {
    if (!(thrown instanceof RejectedInput)) throw thrown;
    throw new EvaluationFault('invalid_result', `the result is not JSON that Tollgate takes: ${thrown.message}`);
  }
}

/** Answers are shared between events, so that nobody may change one. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
