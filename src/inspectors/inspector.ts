import type { JsonSchema } from '../config/json-schema.ts';
import type { JsonObject } from '../domain/json.ts';
import type { PolicyView } from '../domain/policy.ts';
import type { Answer } from '../domain/verdict.ts';

/** A built-in policy, ready to judge. Pure: the same view gives the same answer, and nothing is kept between calls. */
export type Inspector = (view: PolicyView) => Answer;

/** One kind of built-in policy, as `inspector: NAME` names it. */
export interface InspectorKind {
  readonly name: string;
  /** JSON Schema of `with:`; the configuration holds options against it and fills its defaults in. */
  readonly optionsSchema: JsonSchema;
  /** Makes an inspector. Absent options take their default; options that do not fit the schema throw. */
  create(options: JsonObject): Inspector;
}

/** What an inspector answers when it has nothing to say. */
export const ALLOW: Answer = Object.freeze({ effect: 'allow' });
