import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { EvaluationFault } from '../../src/domain/errors.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { effectRank, type Patch, type Verdict } from '../../src/domain/verdict.ts';
import { fleetForgePayload } from '../../src/judge/fleetforge-input.ts';
import { mergeVerdicts } from '../../src/judge/merge.ts';
import { answerFrom, resultValue } from '../../src/judge/result-forms.ts';
import { anEvent } from './event-builder.ts';

/*
 * What FleetForge's policy crate answers, by observation. Each line is in one of two groups: Tollgate answers the same,
 * or (fleetforge-stricter.jsonl) it answers more strictly, with the reason.
 */

interface FromValue {
  readonly fn: 'from_value';
  readonly value: Json;
  readonly parsed: JsonObject;
  readonly engine_returns: { readonly effect: 'allow' | 'redact' | 'deny' };
}

interface Merge {
  readonly fn: 'merge';
  readonly decisions: readonly Pick<Verdict, 'effect' | 'reason' | 'patches'>[];
  readonly merged: JsonObject;
}

interface ToPayload {
  readonly fn: 'to_payload';
  readonly context: Json;
  readonly run_id: string;
  readonly step_id: string;
  readonly payload: JsonObject;
}

type Vector = FromValue | Merge | ToPayload;

interface Stricter {
  readonly vector: Vector;
  readonly tollgate: JsonObject;
  readonly why: string;
}

const vectors = lines<Vector>('fleetforge.jsonl');
const stricter = lines<Stricter>('fleetforge-stricter.jsonl');

function lines<T>(file: string): T[] {
  const text = readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

/** What Tollgate makes of a vector's input, in the vector's own terms. */
function answerOf(vector: Vector): Json {
  switch (vector.fn) {
    case 'from_value':
      return fromValue(vector.value);
    case 'merge':
      return merged(vector.decisions);
    case 'to_payload':
      return { payload: fleetForgePayload(vector.context, vector.run_id, vector.step_id) };
  }
}

/** An array is taken for a result set, anything else for the entrypoint's value. */
function fromValue(value: Json): Json {
  try {
    return {
      parsed: { ...answerFrom('decision', Array.isArray(value) ? resultValue(value) : value, { gate: false }) },
    } as unknown as Json;
  } catch (thrown) {
    if (thrown instanceof EvaluationFault) return { error: thrown.code };
    throw thrown;
  }
}

/** FleetForge's patches address the step's payload: here the call's params. */
function merged(decisions: Merge['decisions']): Json {
  const verdicts = decisions.map(
    (decision, index): Verdict => ({
      policy: `p${index}`,
      version: 'sha256:v',
      mode: 'enforce',
      ...decision,
      ...(decision.patches && { patches: decision.patches.map((patch) => moved(patch, '', '/params')) }),
    }),
  );
  const { effect, reason, patches } = mergeVerdicts(
    verdicts,
    anEvent({ params: { a: 'x', b: 'y' } }),
    'sha256:i',
    'deny',
  );
  const back = patches.map((patch) => moved(patch, '/params', ''));
  return { merged: { effect, ...(reason !== undefined && { reason }), patches: back } } as unknown as Json;
}

function moved(patch: Patch, from: string, to: string): Patch {
  return { ...patch, path: to + patch.path.slice(from.length) };
}

/** What the original answers, in the same terms. */
function originalAnswer(vector: Vector): Json {
  switch (vector.fn) {
    case 'from_value':
      return { parsed: vector.parsed };
    case 'merge':
      return { merged: { patches: [], ...vector.merged } };
    case 'to_payload':
      return { payload: vector.payload };
  }
}

const groupOf = (vector: Vector): Stricter[] => stricter.filter((line) => isDeepStrictEqual(line.vector, vector));

describe("FleetForge's vectors", () => {
  it('are all here, each in one group', () => {
    expect(vectors).toHaveLength(31);
    for (const vector of vectors) expect(groupOf(vector).length).toBeLessThanOrEqual(1);
    for (const line of stricter)
      expect(vectors.filter((vector) => isDeepStrictEqual(vector, line.vector))).toHaveLength(1);
  });

  it.each(
    vectors.filter((vector) => groupOf(vector).length === 0).map((vector) => [JSON.stringify(vector), vector] as const),
  )('the same: %s', (_text, vector) => {
    expect(answerOf(vector)).toEqual(originalAnswer(vector));
  });

  it.each(stricter.map((line) => [JSON.stringify(line.vector), line] as const))('stricter: %s', (_text, line) => {
    expect(answerOf(line.vector)).toEqual(line.tollgate);
    expect(line.tollgate).not.toEqual(originalAnswer(line.vector));
    expect(line.why).not.toBe('');
  });

  it('are never answered with a weaker effect', () => {
    for (const vector of vectors) {
      if (vector.fn !== 'from_value') continue;
      const answer = answerOf(vector) as { readonly parsed?: { readonly effect: Verdict['effect'] } };
      const effect = answer.parsed?.effect ?? 'deny';
      expect(effectRank(effect)).toBeGreaterThanOrEqual(effectRank(vector.engine_returns.effect));
    }
  });
});
