import { dirname, resolve } from 'node:path';
import { TollgateError } from '../domain/errors.ts';
import { checkFormatFiles, checkInputFiles, checkPolicyFiles } from './check-files.ts';
import { checkKafka, type DefaultOf } from './check-kafka.ts';
import { checkPolicies } from './check-policies.ts';
import { checkPurpose, type Purpose } from './check-purpose.ts';
import { configSchema } from './config.schema.ts';
import type { Config } from './config.ts';
import { environmentKeys, type Overlaid, overlayEnvironment } from './environment.ts';
import { showValue } from './expectation.ts';
import { type Interpolated, interpolate } from './interpolate.ts';
import { formatPath, valueAt } from './path.ts';
import type { InspectorOptions } from './policy.schema.ts';
import { formatProblem, type LocatedProblem, type Problem, sortProblems } from './problem.ts';
import { readConfigFile } from './read-config-file.ts';
import { resolveConfig } from './resolve-config.ts';
import { isSecret, type SchemaAt, schemaLookup } from './schema-path.ts';
import { type ShowValue, validateDocument } from './validate.ts';
import { readYaml, type YamlDocument } from './yaml-document.ts';

export interface ReadOptions {
  /** Inspectors that can be used, each with the schema of its `with:`. */
  readonly inspectors: readonly InspectorOptions[];
  /** Names of inspectors that are planned: they are refused as not built yet, not as unknown. */
  readonly notBuiltYet: readonly string[];
  /** `policies` asks nothing of inputs and outputs. */
  readonly purpose: Purpose;
}

/** Reads, fills in, overlays, validates and resolves. Throws `config_invalid` with all problems, a line each. */
export function readConfig(path: string, env: NodeJS.ProcessEnv, options: ReadOptions): Config {
  const yaml = readYaml(readConfigFile(path));
  if (yaml.problems.length > 0) throw configInvalid(path, yaml.problems);
  const schema = configSchema(options.inspectors);
  const schemaAt = schemaLookup(schema, options.inspectors);
  const filled = interpolate(yaml.value, env, schemaAt);
  const overlaid = overlayEnvironment(filled.value, env, environmentKeys(schema), filled.variables);

  const validation = validateDocument(overlaid.value, schema, shower(yaml, filled, overlaid, schemaAt));
  const invalid = validation.kind === 'invalid' ? validation.problems : [];
  const defaultOf: DefaultOf = (place) => schemaAt(place, overlaid.value)?.default;
  const checked = check(overlaid.value, dirname(resolve(path)), defaultOf, options);
  const problems = [
    ...overlaid.problems,
    ...[...filled.problems, ...notRepeated(filled.problems, [...invalid, ...checked])].map((problem) =>
      locate(problem, yaml, overlaid),
    ),
  ];
  if (problems.length > 0 || validation.kind === 'invalid') throw configInvalid(path, problems);
  return resolveConfig(validation.document, resolve(path));
}

function check(document: unknown, directory: string, defaultOf: DefaultOf, options: ReadOptions): readonly Problem[] {
  const built = options.inspectors.map((inspector) => inspector.name);
  return [
    ...checkPolicies(document, { built, notBuiltYet: options.notBuiltYet }),
    ...checkPolicyFiles(document, directory),
    ...checkFormatFiles(document, directory),
    ...checkPurpose(document, options.purpose),
    ...(options.purpose === 'run' ? [...checkInputFiles(document, directory), ...checkKafka(document, defaultOf)] : []),
  ];
}

/** Secrets are never shown, and of a value that a variable was filled into only the text that stands in the file. */
function shower(yaml: YamlDocument, filled: Interpolated, overlaid: Overlaid, schemaAt: SchemaAt): ShowValue {
  return (path, value) => {
    if (isSecret(path, overlaid.value, schemaAt)) return 'a value that is not shown';
    if (overlaid.originOf(path) !== undefined || !filled.isFilledIn(path)) return showValue(value);
    return `what ${showValue(valueAt(yaml.value, path))} stands for`;
  };
}

/** What could not be filled in is wrong once; what else is wrong there only follows from it. */
function notRepeated(filling: readonly Problem[], others: readonly Problem[]): readonly Problem[] {
  const told = new Set(filling.map((problem) => formatPath(problem.path)));
  return others.filter((problem) => !told.has(formatPath(problem.path)));
}

function locate(problem: Problem, yaml: YamlDocument, overlaid: Overlaid): LocatedProblem {
  const isInFile = valueAt(yaml.value, problem.path) !== undefined;
  const origin = overlaid.originOf(problem.path) ?? (isInFile ? undefined : overlaid.originBelow(problem.path));
  if (origin !== undefined) return { ...problem, at: origin };
  return { ...problem, at: yaml.position(problem.path, problem.spot) };
}

function configInvalid(path: string, problems: readonly LocatedProblem[]): TollgateError {
  const lines = sortProblems(problems).map((problem) => formatProblem(path, problem));
  return new TollgateError('config_invalid', lines.join('\n'), {
    next: lines.length === 1 ? 'correct it, then start again' : `correct these ${lines.length}, then start again`,
  });
}
