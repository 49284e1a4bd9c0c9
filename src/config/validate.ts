import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { ConfigDocument } from './config-document.ts';
import { expectation } from './expectation.ts';
import type { JsonSchema } from './json-schema.ts';
import { type Path, parsePointer, type Spot } from './path.ts';
import type { Problem } from './problem.ts';

/** How the value at a path may be shown in a message; never the value of a secret. */
export type ShowValue = (path: Path, value: unknown) => string;

/** The document with its defaults filled in, or everything that is wrong with it. */
export type Validation =
  | { readonly kind: 'valid'; readonly document: ConfigDocument }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** Holds a document against the schema, all errors at once. Fills defaults into a copy; `document` stays as it is. */
export function validateDocument(document: unknown, schema: JsonSchema, show: ShowValue): Validation {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    allowUnionTypes: true,
    strictTypes: false,
  });
  const validate = ajv.compile<ConfigDocument>(schema);
  const copy = structuredClone(document);
  if (validate(copy)) return { kind: 'valid', document: copy };
  const errors = ownErrors(validate.errors ?? []);
  return { kind: 'invalid', problems: errors.map((error) => toProblem(error, document, show)) };
}

const IN_BRANCH = /\/oneOf\/\d+\//;

/**
 * Leaves out what only repeats another error: those of a branch of `oneOf`, of `if` as such, and the choices that a
 * value of the wrong type is none of.
 */
function ownErrors(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const mistyped = new Set(errors.filter((error) => error.keyword === 'type').map((error) => error.instancePath));
  return errors.filter((error) => {
    if (error.keyword === 'enum' || error.keyword === 'const') return !mistyped.has(error.instancePath);
    return error.keyword !== 'if' && !IN_BRANCH.test(error.schemaPath);
  });
}

function toProblem(error: ErrorObject, document: unknown, show: ShowValue): Problem {
  const parent = parsePointer(error.instancePath, document);
  const { path, spot } = placeOf(error, parent);
  return { path, spot, message: expectation(error, show(parent, error.data)) };
}

/** An unknown key is shown at the key, what is missing at the object it is missing from, the rest at the value. */
function placeOf(error: ErrorObject, parent: Path): { readonly path: Path; readonly spot: Spot } {
  const member = MEMBER_PARAMS.map((name) => error.params[name]).find((name) => typeof name === 'string');
  if (typeof member === 'string') return { path: [...parent, member], spot: 'key' };
  const spot = error.keyword === 'not' ? 'key' : 'value';
  return { path: parent, spot };
}

/** Where ajv's errors name the member they mean. `dependentRequired` has `property` and `missingProperty`: the first is meant. */
const MEMBER_PARAMS = ['additionalProperty', 'unevaluatedProperty', 'property', 'missingProperty'] as const;
