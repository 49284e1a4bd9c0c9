import { isRecord } from './path.ts';
import type { Problem } from './problem.ts';

/** What the configuration is loaded for: a processor that runs, or policies alone (replay, eval). */
export type Purpose = 'run' | 'policies';

/** A processor reads from `kafka` or from `files`: from one of them. Avro goes into topics. */
export function checkPurpose(document: unknown, purpose: Purpose): readonly Problem[] {
  if (purpose === 'policies' || !isRecord(document)) return [];
  const isBoth = 'kafka' in document && 'files' in document;
  if (isBoth) return [at('files', 'stands beside "kafka": a processor reads from one of them')];
  if ('files' in document && document.output === 'avro') {
    return [{ path: ['output'], spot: 'value', message: 'files hold lines of JSON: avro is for topics' }];
  }
  if ('kafka' in document || 'files' in document) return [];
  return [at('files', 'is missing, and so is "kafka": there is nothing to read from')];
}

function at(key: string, message: string): Problem {
  return { path: [key], spot: 'key', message };
}
