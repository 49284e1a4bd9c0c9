import type { JsonSchema } from './json-schema.ts';
import { isRecord, type Path, valueAt } from './path.ts';
import type { InspectorOptions } from './policy.schema.ts';

/** The schema of the value at `path`, or undefined where nothing is stated. `root` is the document it lies in. */
export type SchemaAt = (path: Path, root: unknown) => JsonSchema | undefined;

/** Names that hold secrets wherever they stand, also in options whose schema does not say so. */
const SECRET_NAME = /pass(word|phrase)|secret|token$|api_?key|credential|^key$/i;

/** Looks schemas up by path; below `policies[n].with` those of the entry's inspector. */
export function schemaLookup(schema: JsonSchema, inspectors: readonly InspectorOptions[]): SchemaAt {
  const options = new Map(inspectors.map((inspector) => [inspector.name, inspector.optionsSchema]));
  return (path, root) => {
    if (path[0] !== 'policies' || path[2] !== 'with') return descend(schema, path);
    const name = valueAt(root, [...path.slice(0, 2), 'inspector']);
    return descend(typeof name === 'string' ? options.get(name) : undefined, path.slice(3));
  };
}

function descend(schema: JsonSchema | undefined, path: Path): JsonSchema | undefined {
  let here = schema;
  for (const step of path) here = typeof step === 'number' ? here?.items : memberSchema(here, step);
  return here;
}

function memberSchema(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  const properties = schema?.properties;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** True where a value must not be shown: its schema is `writeOnly`, its name says so, or it lies inside such a one. */
export function isSecret(path: Path, root: unknown, schemaAt: SchemaAt): boolean {
  return path.some((step, index) => {
    if (typeof step === 'string' && isSecretName(step)) return true;
    return schemaAt(path.slice(0, index + 1), root)?.writeOnly === true;
  });
}

/** True for member names that hold secrets by convention. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Every key that holds one value or one list, with its path: what the environment can set, objects included. */
export function* keysOf(schema: JsonSchema, path: readonly string[] = []): Generator<[readonly string[], JsonSchema]> {
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const here = [...path, name];
    yield [here, member];
    if (isRecord(member.properties)) yield* keysOf(member, here);
  }
}
