import { isRecord } from './path.ts';
import type { Problem } from './problem.ts';

/** What the configuration is loaded for: a processor that runs, or policies alone (replay, eval). */
export type Purpose = 'run' | 'policies';

/** A processor reads from `files`; `kafka` has its place in the schema and is not built yet. */
export function checkPurpose(document: unknown, purpose: Purpose): readonly Problem[] {
  if (purpose === 'policies' || !isRecord(document)) return [];
  if ('kafka' in document) return [at('kafka', 'kafka is not built yet; use "files"')];
  return 'files' in document ? [] : [at('files', 'is missing: there is nothing to read from')];
}

function at(key: string, message: string): Problem {
  return { path: [key], spot: 'key', message };
}
