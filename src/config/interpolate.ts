import type { Path } from './path.ts';
import { isRecord } from './path.ts';
import type { Problem } from './problem.ts';
import type { SchemaAt } from './schema-path.ts';
import { readTextValue } from './text-value.ts';

/** Deeper than any configuration; a document that is deeper holds itself through an alias. */
const MAX_DEPTH = 32;

/** `$${` (a literal `${`), or a reference; `${` that is followed by neither matches alone and is an error. */
const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?/g;

/** A document whose `${VAR}` and `${VAR:-default}` are filled in. */
export interface Interpolated {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Variables that the document names. */
  readonly variables: ReadonlySet<string>;
  /** True where the value came from a variable, whose content must not be shown. */
  readonly isFilledIn: (value: Path) => boolean;
}

/**
 * Fills `${VAR}` and `${VAR:-default}` into string values (not into keys), once: what a variable holds is not looked
 * at again. The default counts when the variable is unset or empty. A filled-in value is read as the type that its
 * schema asks for, so that `port: ${PORT}` is a number.
 */
export function interpolate(document: unknown, env: NodeJS.ProcessEnv, schemaAt: SchemaAt): Interpolated {
  const walk = new Walk(document, env, schemaAt);
  const value = walk.visit(document, []);
  return {
    value,
    problems: walk.problems,
    variables: walk.variables,
    isFilledIn: (path) => path.some((_, index) => walk.filled.has(pathKey(path.slice(0, index + 1)))),
  };
}

function pathKey(path: Path): string {
  return JSON.stringify(path);
}

class Walk {
  readonly problems: Problem[] = [];
  readonly variables = new Set<string>();
  readonly filled = new Set<string>();
  readonly #root: unknown;
  readonly #env: NodeJS.ProcessEnv;
  readonly #schemaAt: SchemaAt;

  constructor(root: unknown, env: NodeJS.ProcessEnv, schemaAt: SchemaAt) {
    this.#root = root;
    this.#env = env;
    this.#schemaAt = schemaAt;
  }

  visit(value: unknown, path: Path): unknown {
    if (typeof value === 'string') return value.includes('${') ? this.#fill(value, path) : value;
    if (typeof value !== 'object' || value === null) return value;
    if (path.length >= MAX_DEPTH) {
      this.#problem(path, `nested deeper than ${MAX_DEPTH}`);
      return null;
    }
    if (Array.isArray(value)) return value.map((entry, index) => this.visit(entry, [...path, index]));
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).map(([name, member]) => [name, this.visit(member, [...path, name])]);
    return Object.fromEntries(entries);
  }

  #fill(text: string, path: Path): unknown {
    let filled = false;
    const result = text.replace(REFERENCE, (match, name?: string, preset?: string) => {
      if (match === '$${') return '${';
      filled = true;
      return this.#lookUp(path, name, preset);
    });
    if (!filled) return result;
    this.filled.add(pathKey(path));
    const read = readTextValue(result, this.#schemaAt(path, this.#root));
    return read.kind === 'value' ? read.value : result;
  }

  #lookUp(path: Path, name: string | undefined, preset: string | undefined): string {
    if (name === undefined) {
      this.#problem(
        path,
        'no variable follows "${"; write ${NAME}, ${NAME:-default}, or $${ for the characters themselves',
      );
      return '';
    }
    this.variables.add(name);
    const value = this.#env[name];
    if (value !== undefined && (value !== '' || preset === undefined)) return value;
    if (preset === undefined) {
      this.#problem(path, `the variable ${name} is not set, and there is no default (\${${name}:-default})`);
    }
    return preset ?? '';
  }

  #problem(path: Path, message: string): void {
    this.problems.push({ path, spot: 'value', message });
  }
}
