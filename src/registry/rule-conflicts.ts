import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { BundleFiles } from './bundle-archive.ts';
import { invalidData } from './data-document.ts';

const PACKAGE = /^package\s+([A-Za-z_][\w.]*)\s*(?:#.*)?$/m;
const RULE_HEAD = /^(?:default\s+)?([A-Za-z_]\w*)/gm;
const NOT_A_RULE = new Set(['package', 'import', 'else', 'default']);

/**
 * Refuses data that stands where a rule does. OPA's server refuses it when it loads a bundle; inside a Wasm module the
 * data would win in silence, so that a data file could replace the decision itself.
 */
export function refuseRuleConflicts(
  data: JsonObject,
  regoFiles: BundleFiles,
  entrypoints: readonly string[],
  where: string,
): void {
  for (const entrypoint of entrypoints) refuseAt(data, entrypoint.split('/'), where);
  for (const bytes of regoFiles.values()) {
    for (const rule of rulesOf(bytes.toString('utf8'))) refuseAt(data, rule, where);
  }
}

/** Paths of the rules that a Rego text defines: heads start at the beginning of a line in anything `opa fmt` wrote. */
function rulesOf(rego: string): string[][] {
  const packagePath = PACKAGE.exec(rego)?.[1]?.split('.');
  if (packagePath === undefined) return [];
  const names = [...rego.matchAll(RULE_HEAD)].map((match) => match[1] as string);
  return [...new Set(names)].filter((name) => !NOT_A_RULE.has(name)).map((name) => [...packagePath, name]);
}

function refuseAt(data: JsonObject, path: readonly string[], where: string): void {
  let value: Json | undefined = data;
  for (const segment of path) {
    if (!isJsonObject(value)) break;
    value = Object.hasOwn(value, segment) ? value[segment] : undefined;
  }
  if (value !== undefined)
    throw invalidData(where, `data.${path.join('.')} is set by data and is a rule of the policy`);
}
