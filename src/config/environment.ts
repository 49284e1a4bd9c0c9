import type { JsonSchema } from './json-schema.ts';
import { isRecord, type Path } from './path.ts';
import type { LocatedProblem } from './problem.ts';
import { keysOf } from './schema-path.ts';
import { closest } from './suggest.ts';
import { readTextValue } from './text-value.ts';

const PREFIX = 'TOLLGATE_';

/** What Kubernetes puts into every container beside a Service named `tollgate`; it is nobody's configuration. */
const SERVICE_LINK = /^TOLLGATE_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/** A key that the environment can set. */
export interface EnvironmentKey {
  readonly path: readonly string[];
  readonly schema: JsonSchema;
}

/** Variable → key, for every key of the configuration: `limits.maxEventBytes` is `TOLLGATE_LIMITS_MAX_EVENT_BYTES`. */
export function environmentKeys(schema: JsonSchema): ReadonlyMap<string, EnvironmentKey> {
  const keys = new Map<string, EnvironmentKey>();
  for (const [path, member] of keysOf(schema)) keys.set(variableName(path), { path, schema: member });
  return keys;
}

function variableName(path: readonly string[]): string {
  return PREFIX + path.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_');
}

/** A document with the environment's values laid over it. */
export interface Overlaid {
  readonly value: unknown;
  readonly problems: readonly LocatedProblem[];
  /** The variable that set the value at a path, or a value around it; undefined where none did. */
  readonly originOf: (path: Path) => Origin | undefined;
  /** A variable that set something inside the value at a path. */
  readonly originBelow: (path: Path) => Origin | undefined;
}

/** A variable and the key that it set. */
export interface Origin {
  readonly variable: string;
  readonly path: Path;
}

/**
 * Lays `TOLLGATE_…` over the document: what the environment says wins. An empty variable counts as unset. A variable
 * that is no key is a problem, unless the document names it (`known`).
 */
export function overlayEnvironment(
  document: unknown,
  env: NodeJS.ProcessEnv,
  keys: ReadonlyMap<string, EnvironmentKey>,
  known: ReadonlySet<string>,
): Overlaid {
  const problems: LocatedProblem[] = [];
  const origins: Origin[] = [];
  let value: unknown = document ?? {};
  for (const variable of variablesOf(env, keys)) {
    const key = keys.get(variable);
    if (key === undefined) {
      if (!known.has(variable)) problems.push(unknownVariable(variable, keys));
      continue;
    }
    const read = readTextValue(env[variable] ?? '', key.schema);
    if (read.kind === 'not_json') problems.push(problemAt(variable, 'expected JSON text'));
    else value = withValue(value, key.path, read.value);
    origins.push({ variable, path: key.path });
  }
  return {
    value,
    problems,
    originOf: (path) => origins.findLast((origin) => isWithin(path, origin.path)),
    originBelow: (path) => origins.find((origin) => isWithin(origin.path, path)),
  };
}

/** Outer keys first, so that `TOLLGATE_LIMITS` does not undo `TOLLGATE_LIMITS_MAX_EVENT_BYTES`. */
function variablesOf(env: NodeJS.ProcessEnv, keys: ReadonlyMap<string, EnvironmentKey>): readonly string[] {
  const depth = (variable: string): number => keys.get(variable)?.path.length ?? 0;
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !SERVICE_LINK.test(name) && (env[name] !== '' || !keys.has(name)))
    .sort((a, b) => depth(a) - depth(b) || a.localeCompare(b));
}

function unknownVariable(variable: string, keys: ReadonlyMap<string, EnvironmentKey>): LocatedProblem {
  const names = [...keys.keys()].map((name) => name.slice(PREFIX.length));
  const meant = closest(variable.slice(PREFIX.length), names);
  const guess = meant === undefined ? '' : `; did you mean "${PREFIX}${meant}"?`;
  return problemAt(variable, `sets no key of the configuration${guess}`);
}

function problemAt(variable: string, message: string): LocatedProblem {
  return { path: [], spot: 'value', message, at: { variable, path: [] } };
}

function isWithin(path: Path, outer: Path): boolean {
  return outer.length <= path.length && outer.every((name, index) => path[index] === name);
}

/** A copy of `base` with `value` at `path`. What stands in the way and is wrong there is left for validation to name. */
function withValue(base: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const isPresent = base !== undefined && base !== null && typeof base !== 'boolean';
  if (isPresent && !isRecord(base)) return base;
  const members = isRecord(base) ? base : {};
  return { ...members, [name]: withValue(members[name], rest, value) };
}
