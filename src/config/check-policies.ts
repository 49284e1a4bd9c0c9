import { showValue } from './expectation.ts';
import { formatPath, isRecord, type Path, type Spot, valueAt } from './path.ts';
import type { Problem } from './problem.ts';
import { didYouMean } from './suggest.ts';

/** Names of inspectors: those that can be used, and those that the contract knows and nothing answers to yet. */
export interface InspectorNames {
  readonly built: readonly string[];
  readonly notBuiltYet: readonly string[];
}

/**
 * What the schema cannot say of `policies`, or not in words that help. Looks at the document as it was written, valid
 * or not, so that its problems come together with those of the schema.
 */
export function checkPolicies(document: unknown, inspectors: InspectorNames): readonly Problem[] {
  const policies = valueAt(document, ['policies']);
  if (!Array.isArray(policies)) return [];
  const entries = policies.map((entry, index) => ({ entry: isRecord(entry) ? entry : {}, path: ['policies', index] }));
  return [
    ...entries.flatMap(({ entry, path }) => checkEngine(entry, path, inspectors)),
    ...entries.flatMap(({ entry, path }) => checkGate(entry, path)),
    ...duplicateNames(entries),
  ];
}

type Entry = Readonly<Record<string, unknown>>;

function checkEngine(entry: Entry, path: Path, inspectors: InspectorNames): readonly Problem[] {
  const found: Problem[] = [];
  if ('extism' in entry) found.push(problem([...path, 'extism'], 'key', 'extism policies are not built yet'));
  if ('pack' in entry) found.push(problem([...path, 'pack'], 'key', 'packs are not built yet; list their inspectors'));
  const inspector = entry.inspector;
  if (typeof inspector === 'string' && !inspectors.built.includes(inspector)) {
    found.push(problem([...path, 'inspector'], 'value', inspectorMessage(inspector, inspectors)));
  }
  return found;
}

function inspectorMessage(name: string, { built, notBuiltYet }: InspectorNames): string {
  const choices = `; built are ${built.join(', ')}`;
  if (notBuiltYet.includes(name)) return `the inspector "${name}" is not built yet${choices}`;
  const meant = didYouMean(name, [...built, ...notBuiltYet]);
  return `there is no inspector ${showValue(name)}${meant === '' ? choices : meant}`;
}

function checkGate(entry: Entry, path: Path): readonly Problem[] {
  if (entry.gate === undefined || entry.result === 'violations') return [];
  return [problem([...path, 'gate'], 'key', 'only works with "result: violations"')];
}

function duplicateNames(entries: readonly { readonly entry: Entry; readonly path: Path }[]): readonly Problem[] {
  const first = new Map<string, Path>();
  const found: Problem[] = [];
  for (const { entry, path } of entries) {
    if (typeof entry.name !== 'string') continue;
    const earlier = first.get(entry.name);
    if (earlier === undefined) first.set(entry.name, path);
    else found.push(problem([...path, 'name'], 'value', `${formatPath(earlier)} has this name already`));
  }
  return found;
}

function problem(path: Path, spot: Spot, message: string): Problem {
  return { path, spot, message };
}
