import { formatPath, type Path, type Spot } from './path.ts';

/** One thing that is wrong with the configuration. `message` never holds the value of a secret. */
export interface Problem {
  readonly path: Path;
  /** The part of `path` that the position points at. */
  readonly spot: Spot;
  readonly message: string;
}

/** Line and column, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A problem with the place it is shown at: a position in the file, or the environment variable that set the value. */
export interface LocatedProblem extends Problem {
  readonly at: Position | { readonly variable: string; readonly path: Path };
}

/** `tollgate.yaml:12:5 policies[0].with.strict: expected a boolean, got "yes"`, or the variable in place of file and path. */
export function formatProblem(file: string, problem: LocatedProblem): string {
  const path = formatPath(problem.path);
  if ('variable' in problem.at) {
    const inside = path === formatPath(problem.at.path) ? '' : ` ${path}:`;
    return `${problem.at.variable}:${inside} ${problem.message}`;
  }
  const place = `${file}:${problem.at.line}:${problem.at.column}`;
  return path === '' ? `${place}: ${problem.message}` : `${place} ${path}: ${problem.message}`;
}

/** In the order of the file, then those of the environment by name; what says the same at the same place only once. */
export function sortProblems(problems: readonly LocatedProblem[]): readonly LocatedProblem[] {
  const sorted = [...problems].sort(compareProblems);
  const seen = new Set<string>();
  return sorted.filter((problem) => {
    const text = formatProblem('', problem);
    const first = !seen.has(text);
    seen.add(text);
    return first;
  });
}

function compareProblems(a: LocatedProblem, b: LocatedProblem): number {
  if ('variable' in a.at) return 'variable' in b.at ? a.at.variable.localeCompare(b.at.variable) : 1;
  if ('variable' in b.at) return -1;
  return a.at.line - b.at.line || a.at.column - b.at.column;
}
